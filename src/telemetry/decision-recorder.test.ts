import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HandClock } from '../../test/make/hand-clock.ts'
import { outcome } from '../../test/make/rollout.ts'
import { decisionsOfText } from '../domain/decision-text.ts'
import type { Outcome } from '../domain/outcome.ts'
import { FaultyStore } from '../ledger/contract/faulty-store.ts'
import type { DecisionStore } from '../ledger/decision-store.ts'
import { SqliteStore } from '../ledger/sqlite/sqlite-store.ts'
import { DecisionRecorder } from './decision-recorder.ts'

const DAY_MS = 86_400_000
/** The clocks of these tests begin with the real time, too. */
const START_MS = Date.now()

async function open(keepDays = 30) {
  const faulty = new FaultyStore(new SqliteStore({ path: ':memory:' }))
  await faulty.store.open()
  const clock = new HandClock()
  const warned: [string, unknown][] = []
  const logger = { info() {}, error() {}, warn: (event: string, fields: unknown) => void warned.push([event, fields]) }
  const recorder = new DecisionRecorder({
    ...{ store: faulty.store.decisions, clock, logger, keepDays },
    knowsModel: (model) => model === 'known',
  })
  const close = async () => {
    await recorder.close()
    await faulty.store.close()
  }
  return { faulty, clock, warned, recorder, [Symbol.asyncDispose]: close }
}

const decided = (requestId: string, receivedAtMs: number): Outcome => ({
  ...outcome(),
  requestId,
  receivedAtMs,
  decision: { kind: 'chat', model: { by: 'policy' }, hints: {}, needs: ['chat'], bodyBytes: 100 },
})

async function kept(store: DecisionStore): Promise<string[]> {
  const batches = await store.read({ sinceMs: 0, afterId: 0, limit: 1000 })
  return batches.flatMap(({ decisions }) => decisionsOfText(decisions).map(({ requestId }) => requestId))
}

describe('the recorder of decisions', () => {
  test('writes what was decided, many in one batch', async () => {
    await using world = await open()
    const names = Array.from({ length: 700 }, (_, index) => `req_${index}`)
    for (const [index, name] of names.entries()) world.recorder.record(decided(name, START_MS + index))
    await world.recorder.flush()
    assert.deepEqual(await kept(world.faulty.store.decisions), names)
    const batches = await world.faulty.store.decisions.read({ sinceMs: 0, afterId: 0, limit: 10 })
    assert.deepEqual(
      batches.map(({ firstMs, lastMs }) => [firstMs - START_MS, lastMs - START_MS]),
      [
        [0, 127],
        [128, 255],
        [256, 383],
        [384, 511],
        [512, 639],
        [640, 699],
      ],
    )
  })

  test('leaves out an outcome of which it is not known what it was decided by', async () => {
    await using world = await open()
    world.recorder.record(outcome())
    await world.recorder.flush()
    assert.deepEqual(await kept(world.faulty.store.decisions), [])
  })

  test('keeps the name of a model that nobody configured only where data is not restricted', async () => {
    await using world = await open()
    for (const restricted of [true, false]) {
      for (const model of ['known', 'Erika Mustermann']) {
        const answeredBy = { provider: 'local', model, location: 'local', reason: 'default_local' } as const
        const classification = { level: 'pii', undecidable: false, restricted, source: 'declared' } as const
        world.recorder.record({ ...decided('one', START_MS), answeredBy, classification })
      }
    }
    await world.recorder.flush()
    const [batch] = await world.faulty.store.decisions.read({ sinceMs: 0, afterId: 0, limit: 1 })
    assert.deepEqual(
      decisionsOfText(batch?.decisions ?? '').map(({ answeredBy }) => answeredBy?.model),
      ['known', 'other', 'known', 'Erika Mustermann'],
    )
  })

  test('keeps what cannot be written, and writes it in its order when the store answers again', async () => {
    await using world = await open()
    world.faulty.mode = 'away'
    world.recorder.record(decided('one', START_MS))
    await world.recorder.flush()
    world.recorder.record(decided('two', START_MS + 1))
    world.faulty.mode = 'works'
    await world.recorder.flush()
    assert.deepEqual(await kept(world.faulty.store.decisions), ['one', 'two'])
  })

  test('drops the oldest when too many wait, and says how many', async () => {
    await using world = await open()
    world.faulty.mode = 'away'
    for (let index = 0; index < 8193; index += 1) world.recorder.record(decided(`${index}`, START_MS + index))
    world.faulty.mode = 'works'
    await world.recorder.flush()
    assert.equal((await kept(world.faulty.store.decisions))[0], '128')
    assert.deepEqual(world.warned, [['decisions_dropped', { decisions: 128 }]])
  })

  test('forgets what is older than the days it is to keep', async () => {
    await using world = await open(7)
    world.recorder.record(decided('old', world.clock.wallMs()))
    await world.recorder.flush()
    world.clock.advance(7 * DAY_MS + 1000)
    world.recorder.record(decided('new', world.clock.wallMs()))
    await world.recorder.flush()
    assert.deepEqual(await kept(world.faulty.store.decisions), ['new'])
  })

  test('writes what waits when it is closed', async () => {
    await using world = await open()
    world.recorder.record(decided('last', START_MS))
    await world.recorder.close()
    assert.deepEqual(await kept(world.faulty.store.decisions), ['last'])
  })
})
