/** Owns one chaos run: load, events, looks, quiet, the end of the gateway, the books. */
import { once } from 'node:events'
import { StoreUnavailable } from '../../src/ledger/store.ts'
import { type Account, closeBooks, fallbacksOf, lookAtMetrics, lookIntoLedger, quiet, searchClouds } from './books.ts'
import type { DatabaseKind } from './database.ts'
import { Disturbances } from './disturbances.ts'
import { type Chaos, type ChaosEvent, eventsOf } from './events.ts'
import { type Counterexample, Load } from './load.ts'
import { Random } from './random.ts'
import { type ChaosWorld, startChaosWorld } from './world.ts'

export interface ChaosOptions {
  readonly database: DatabaseKind
  readonly seed: number
  readonly clients: number
  /** How much later than its deadline an answer may come. */
  readonly marginMs: number
  /** Events until this says that it is enough; it begins with one of each. */
  readonly enough: (events: number) => boolean
  /** Requests that end during an event, and between two: the least and the most. */
  readonly requestsAnEvent: readonly [least: number, most: number]
  readonly progress: (line: string) => void
}

export interface ChaosResult {
  readonly database: DatabaseKind
  readonly seed: number
  readonly seconds: number
  readonly requests: number
  readonly longestMs: number
  readonly events: Readonly<Record<string, number>>
  /** Faults that requests to the paid upstreams have met. */
  readonly faults: Readonly<Record<string, number>>
  readonly outcomes: Readonly<Record<string, number>>
  readonly fallbacks: Readonly<Record<string, number>>
  readonly paidRequests: number
  readonly looks: number
  readonly accounts: readonly Account[]
  /** Wrong answers, the first ones. */
  readonly counterexamples: readonly Counterexample[]
  readonly wrongAnswers: number
  /** What is wrong beside single answers. */
  readonly wrong: readonly string[]
  readonly holds: boolean
}

const SHOWN = 10

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const startedMs = performance.now()
  const { database, seed, clients, marginMs, progress } = options
  await using world = await startChaosWorld(database, seed)
  const disturbances = new Disturbances()
  const load = new Load(world, disturbances, { clients, seed, marginMs })
  const wrong = new Set<string>()
  const chaos: Chaos = {
    world,
    load,
    disturbances,
    random: new Random(seed + 2),
    wrong: (what) => void wrong.add(what),
  }
  const events: Record<string, number> = {}
  let looks = 0
  try {
    for (let done = 0; !options.enough(done); done += 1) {
      const [least, most] = options.requestsAnEvent
      await load.further(chaos.random.between(least, most))
      const event = nextEvent(done, chaos)
      progress(
        `${database}: ${load.ended} requests, ${load.counterexamples.length + wrong.size} wrong; now: ${event.name}`,
      )
      await event.happen(chaos, chaos.random.between(least, most))
      events[event.name] = (events[event.name] ?? 0) + 1
      const found = await lookIntoLedger(world).catch(awayIsNoAnswer)
      if (found !== undefined) looks += 1
      for (const what of [...(found ?? []), ...((await lookAtMetrics(world)) ?? [])]) wrong.add(what)
    }
  } finally {
    await load.stop()
  }
  for (const what of await quiet(world)) wrong.add(what)
  for (const what of (await lookAtMetrics(world)) ?? ['nobody shows metrics']) wrong.add(what)
  const fallbacks = await fallbacksOf(world)
  await end(world, chaos)
  const { accounts, wrong: inBooks } = await closeBooks(world)
  for (const what of [...inBooks, ...searchClouds(world)]) wrong.add(what)
  return {
    ...{ database, seed, requests: load.ended, longestMs: load.longestMs, events, fallbacks, looks, accounts },
    seconds: (performance.now() - startedMs) / 1000,
    faults: faultsOf(world),
    outcomes: Object.fromEntries(load.outcomes),
    paidRequests: world.paid.reduce((sum, { asked }) => sum + asked, 0),
    counterexamples: load.counterexamples.slice(0, SHOWN),
    wrongAnswers: load.counterexamples.length,
    wrong: [...wrong],
    holds: load.counterexamples.length === 0 && wrong.size === 0,
  }
}

/** A look that the store does not answer in time, on a machine with other work, is none. */
function awayIsNoAnswer(error: unknown): undefined {
  if (!(error instanceof StoreUnavailable)) throw error
}

/** One of each first, then by chance. */
function nextEvent(done: number, { world, random }: Chaos): ChaosEvent {
  const all = eventsOf(world)
  return all[done] ?? random.pick(all)
}

async function end({ served }: ChaosWorld, { wrong }: Chaos): Promise<void> {
  const exited = once(served.child, 'exit')
  served.child.kill('SIGTERM')
  const [code] = await exited
  if (code !== 0) wrong(`the gateway ended with ${code}`)
  const trace = /"event":"internal_error".*|\n\s+at .*/.exec(served.output())
  if (trace) wrong(`the log has a fault of ours: ${trace[0].slice(0, 400)}`)
}

function faultsOf({ paid }: ChaosWorld): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const { met } of paid) for (const name of met) sums[name] = (sums[name] ?? 0) + 1
  return sums
}
