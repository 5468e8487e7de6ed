/** Owns what is done to a gateway under load, one thing at a time; each lasts until so many more requests have ended. */
import { ask, get } from '../../test/e2e/client.ts'
import { until } from '../../test/e2e/world.ts'
import type { Disturbances } from './disturbances.ts'
import type { Load } from './load.ts'
import type { Random } from './random.ts'
import { type ChaosWorld, WORKERS } from './world.ts'

export interface Chaos {
  readonly world: ChaosWorld
  readonly load: Load
  readonly disturbances: Disturbances
  readonly random: Random
  /** Reports what must not be. */
  readonly wrong: (what: string) => void
}

export interface ChaosEvent {
  readonly name: string
  readonly happen: (chaos: Chaos, requests: number) => Promise<void>
}

/** What the log says of a worker. */
const DEATH = '"event":"worker_died"'
const BIRTH = '"event":"audit_open"'
/** Requests that end before it: whoever kills the other worker sooner leaves an address that nobody has. */
const UNTIL_IT_LISTENS = 50

function said({ served }: ChaosWorld, event: string): number {
  return served.output().split(event).length
}

/** One of each. */
export function eventsOf({ database }: ChaosWorld): readonly ChaosEvent[] {
  const outages = database.outages.map(
    ({ name, begin, end }): ChaosEvent => ({
      name,
      happen: async ({ world, load, disturbances }, requests) => {
        const period = disturbances.begin('database away')
        await begin()
        await load.further(requests)
        await end()
        await until(() => isReady(world), 'the ledger is back')
        period.end()
      },
    }),
  )
  return [
    { name: 'worker killed', happen: killWorker },
    ...outages,
    { name: 'reload', happen: reloads },
    { name: 'paid provider away', happen: paidAway },
    { name: 'local provider away', happen: localAway },
    { name: 'worker killed while the database is away', happen: killWithoutDatabase },
  ]
}

async function killWorker({ world, load, disturbances, random }: Chaos): Promise<void> {
  const period = disturbances.begin('worker killed')
  const before = world.workers()
  const killed = random.pick(before)
  const [deaths, births] = [said(world, DEATH), said(world, BIRTH)]
  process.kill(killed, 'SIGKILL')
  await until(() => said(world, DEATH) > deaths, 'its death is noticed')
  period.end()
  await until(() => said(world, BIRTH) > births && world.workers().length === WORKERS, 'another worker')
  await load.further(UNTIL_IT_LISTENS)
}

async function killWithoutDatabase(chaos: Chaos, requests: number): Promise<void> {
  const { world, load, disturbances, random } = chaos
  const outage = random.pick(world.database.outages)
  const away = disturbances.begin('database away')
  await outage.begin()
  const killed = disturbances.begin('worker killed')
  const births = said(world, BIRTH)
  process.kill(random.pick(world.workers()), 'SIGKILL')
  await load.further(requests)
  await outage.end()
  const whole = () => said(world, BIRTH) > births && world.workers().length === WORKERS
  await until(async () => whole() && (await isReady(world)), 'the ledger and a worker are back')
  away.end()
  killed.end()
  await load.further(UNTIL_IT_LISTENS)
}

/** The other one of the files that hold, then one that does not, then the first one again. */
async function reloads({ world, load, wrong }: Chaos, requests: number): Promise<void> {
  for (const which of ['second', 'invalid', 'first'] as const) {
    world.writeConfig(which)
    const reply = await ask(`${world.served.url}/admin/reload`, '')
    const expected = which === 'invalid' ? 422 : 200
    if (reply.status !== expected)
      wrong(`the reload of the ${which} file was answered with ${reply.status}: ${reply.text}`)
    await load.further(requests)
  }
}

async function paidAway({ world, load, random }: Chaos, requests: number): Promise<void> {
  const { upstream } = random.pick(world.paid)
  await upstream.stopListening()
  await load.further(requests)
  await upstream.startListening()
}

async function localAway({ world, load, disturbances }: Chaos, requests: number): Promise<void> {
  const period = disturbances.begin('local provider away')
  await world.local.stopListening()
  await load.further(requests)
  await world.local.startListening()
  period.end()
}

/** By whichever worker is asked. */
async function isReady({ served }: ChaosWorld): Promise<boolean> {
  const reply = await get(`${served.url}/health/readiness`).catch(() => undefined)
  return reply?.status === 200
}
