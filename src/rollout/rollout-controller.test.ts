// A candidate on its way through the stages, on a real ledger file: with good traffic, and with each fault in each stage. Long,
// because each fault is told beside the stage that it ends, over one world that all of them share.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { HandClock } from '../../test/make/hand-clock.ts'
import { type Fate, HOUR_MS, outcome, RolloutProcess, rolloutPlan } from '../../test/make/rollout.ts'
import { task } from '../../test/make/task.ts'
import { FaultyStore } from '../ledger/contract/faulty-store.ts'
import { SqliteStore } from '../ledger/sqlite/sqlite-store.ts'
import { StoreUnavailable } from '../ledger/store.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-rollout-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

const percents = [10, 30, 50, 75, 100] as const

class World implements AsyncDisposable {
  readonly path = join(folder, `${++files}.db`)
  readonly clock = new HandClock()
  readonly faulty = new FaultyStore(new SqliteStore({ path: this.path }))
  process = this.newProcess()

  newProcess(plan = rolloutPlan()): RolloutProcess {
    return new RolloutProcess(this.faulty.store.rollouts, this.clock, plan, `process ${files}`)
  }

  static async open(): Promise<World> {
    const world = new World()
    await world.faulty.store.open()
    await world.process.controller.open()
    return world
  }

  /** An hour of good traffic, and a look. */
  async passStage(): Promise<void> {
    this.process.serveCandidate(100)
    this.clock.advance(HOUR_MS)
    await this.process.controller.look()
  }

  async reach(percent: number): Promise<void> {
    await this.process.controller.change({ kind: 'start', shadow: false })
    while (this.process.percent < percent) await this.passStage()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.controller.close()
    await this.faulty.store.close()
  }
}

test('before it is started it does nothing', async () => {
  await using world = await World.open()
  const { controller } = world.process
  assert.equal(controller.laneOf(task({ user: 'ann' })), undefined)
  world.clock.advance(100 * HOUR_MS)
  await controller.look()
  assert.equal(world.process.brief, 'idle 0')
  assert.deepEqual((await controller.view()).steps, [])
})

test('with good traffic it goes through all stages, and is told of at the end', async () => {
  await using world = await World.open()
  await world.process.controller.change({ kind: 'start', shadow: false })
  const seen = [world.process.brief]
  for (let stage = 0; stage < 5; stage += 1) {
    await world.passStage()
    seen.push(world.process.brief)
  }
  assert.deepEqual(seen, ['running 10', 'running 30', 'running 50', 'running 75', 'running 100', 'completed 100'])
  assert.deepEqual(
    world.process.steps.map(({ by, action, fromPercent, toPercent }) => [by, action, fromPercent, toPercent]),
    [
      ['operator', 'start', 0, 10],
      ['gates', 'advance', 10, 30],
      ['gates', 'advance', 30, 50],
      ['gates', 'advance', 50, 75],
      ['gates', 'advance', 75, 100],
      ['gates', 'complete', 100, 100],
    ],
  )
  assert.deepEqual(
    world.process.alerts.map(({ type }) => type),
    ['rollout.completed'],
  )
  assert.equal(world.process.controller.laneOf(task())?.cohort, 'candidate', 'also who has no name')
})

test('it waits for its time and for its requests', async () => {
  await using world = await World.open()
  const { process } = world
  await process.controller.change({ kind: 'start', shadow: false })
  process.serveCandidate(100)
  world.clock.advance(HOUR_MS - 1)
  await process.controller.look()
  assert.equal(process.brief, 'running 10', 'too early')
  world.clock.advance(1)
  await process.controller.look()
  assert.equal(process.brief, 'running 30')
  process.serveCandidate(99)
  world.clock.advance(10 * HOUR_MS)
  await process.controller.look()
  assert.equal(process.brief, 'running 30', 'too few')
  process.serveCandidate(1)
  await process.controller.look()
  assert.equal(process.brief, 'running 50')
})

test('the share of users in each stage is the stage', async () => {
  await using world = await World.open()
  await world.process.controller.change({ kind: 'start', shadow: false })
  for (const percent of percents) {
    const { candidate, current } = world.process.serve(4000)
    const share = (candidate / (candidate + current)) * 100
    assert.ok(Math.abs(share - percent) < 4, `${share} % instead of ${percent} %`)
    world.clock.advance(HOUR_MS)
    await world.process.controller.look()
  }
  assert.equal(world.process.brief, 'completed 100')
})

const faults: Readonly<Record<string, { readonly fate: Fate; readonly gate: string }>> = {
  errors: { fate: { status: 'failed', httpStatus: 502 }, gate: 'error_rate_percent' },
  'answers that break off': { fate: { status: 'interrupted', httpStatus: 200 }, gate: 'error_rate_percent' },
  'empty budgets': { fate: { status: 'refused', httpStatus: 402 }, gate: 'error_rate_percent' },
  'slow answers': { fate: { waitMs: 1500 }, gate: 'p95_ms' },
  'dear answers': { fate: { costUsd: 0.5 }, gate: 'monthly_cost_usd' },
}

describe('a fault', () => {
  for (const [index, percent] of percents.entries()) {
    for (const [name, { fate, gate }] of Object.entries(faults)) {
      test(`of ${name} at ${percent} % sends it back to the stage before, with an alert`, async () => {
        await using world = await World.open()
        await world.reach(percent)
        world.process.serveCandidate(100, fate)
        await world.process.controller.look()
        assert.equal(world.process.brief, `rolled_back ${percents[index - 1] ?? 0}`)
        const step = world.process.steps.at(-1)
        assert.deepEqual(
          [step?.by, step?.action, step?.fromPercent, step?.toPercent, step?.cause?.gate],
          ['gates', 'rollback', percent, percents[index - 1] ?? 0, gate],
        )
        const alert = world.process.alerts.at(-1)
        assert.deepEqual([alert?.type, alert?.data.gate], ['rollout.rolled_back', gate])
        world.clock.advance(100 * HOUR_MS)
        if (world.process.percent > 0) world.process.serveCandidate(1000)
        await world.process.controller.look()
        assert.equal(world.process.brief, `rolled_back ${percents[index - 1] ?? 0}`, 'it waits for somebody')
      })
    }

    test(`of privacy at ${percent} % gives everything back, at once`, async () => {
      await using world = await World.open()
      await world.reach(percent)
      world.process.counters.violation()
      await world.process.controller.look()
      assert.equal(world.process.brief, 'rolled_back 0')
      assert.equal(world.process.alerts.at(-1)?.data.gate, 'privacy_violations')
    })
  }

  test('that goes on in the stage before sends it further back, down to nothing', async () => {
    await using world = await World.open()
    await world.reach(75)
    const seen: string[] = []
    while (world.process.percent > 0) {
      world.process.serveCandidate(100, { status: 'failed', httpStatus: 500 })
      await world.process.controller.look()
      seen.push(world.process.brief)
    }
    assert.deepEqual(seen, ['rolled_back 50', 'rolled_back 30', 'rolled_back 10', 'rolled_back 0'])
    assert.equal(world.process.controller.laneOf(task({ user: 'ann' })), undefined)
  })

  test('of the current policy, of callers who leave, and of requests that are wrong does not count', async () => {
    await using world = await World.open()
    await world.reach(30)
    world.process.serveCandidate(100, { status: 'client_closed', httpStatus: 499 })
    world.process.serveCandidate(100, { status: 'failed', httpStatus: 400 })
    world.clock.advance(HOUR_MS)
    await world.process.controller.look()
    assert.equal(world.process.brief, 'running 50')
  })

  test('of a request that began before a rollback does not count against the stage after it', async () => {
    await using world = await World.open()
    await world.reach(50)
    const late = world.process.controller.laneOf(task({ user: 'user-1' }))
    assert.ok(late)
    world.process.serveCandidate(100, { status: 'failed', httpStatus: 500 })
    await world.process.controller.look()
    assert.equal(world.process.brief, 'rolled_back 30')
    for (let count = 0; count < 100; count += 1) {
      const failed = { status: 'failed', httpStatus: 504 } as const
      world.process.counters.record({ ...outcome(failed), rollout: { ...late, shadow: undefined } })
    }
    await world.process.controller.look()
    assert.equal(world.process.brief, 'rolled_back 30')
  })
})

describe('an operator', () => {
  test('pauses it: it does not grow, and the gates go on watching', async () => {
    await using world = await World.open()
    await world.reach(30)
    await world.process.controller.change({ kind: 'pause' })
    await world.passStage()
    assert.equal(world.process.brief, 'paused 30')
    await world.process.controller.change({ kind: 'resume' })
    await world.process.controller.look()
    assert.equal(world.process.brief, 'running 30', 'the hour of the pause does not count')
    world.clock.advance(HOUR_MS)
    await world.process.controller.look()
    assert.equal(world.process.brief, 'running 50')
    await world.process.controller.change({ kind: 'pause' })
    world.process.serveCandidate(100, { waitMs: 5000 })
    await world.process.controller.look()
    assert.equal(world.process.brief, 'rolled_back 30')
  })

  test('advances it without waiting, and rolls it back to where he wants', async () => {
    await using world = await World.open()
    const { controller } = world.process
    await controller.change({ kind: 'start', shadow: false })
    for (const percent of [30, 50, 75]) assert.equal((await controller.change({ kind: 'advance' })).percent, percent)
    assert.equal((await controller.change({ kind: 'rollback', toPercent: 30 })).percent, 30)
    const view = await controller.change({ kind: 'rollback', toPercent: 0 })
    assert.deepEqual([view.phase, view.percent, view.cause], ['rolled_back', 0, null])
    assert.deepEqual(world.process.alerts, [], 'what he did himself is no news')
    assert.deepEqual(
      view.steps.map(({ action, to_percent }) => `${action} ${to_percent}`),
      ['rollback 0', 'rollback 30', 'advance 75', 'advance 50', 'advance 30', 'start 10'],
    )
  })

  test('resumes it after a rollback, and what was counted before is not held against it', async () => {
    await using world = await World.open()
    await world.reach(50)
    world.process.serveCandidate(100, { status: 'failed', httpStatus: 500 })
    await world.process.controller.look()
    await world.process.controller.change({ kind: 'resume' })
    assert.equal(world.process.brief, 'running 30')
    await world.passStage()
    assert.equal(world.process.brief, 'running 50')
    await world.passStage()
    assert.equal(world.process.brief, 'running 75')
  })
})

describe('a process that starts again', () => {
  test('takes up where the rollout stands, with what was counted, before its first request', async () => {
    await using world = await World.open()
    await world.reach(50)
    world.process.serveCandidate(60)
    world.clock.advance(HOUR_MS / 2)
    await world.process.controller.close()
    const again = world.newProcess()
    world.process = again
    await again.controller.open()
    assert.equal(again.brief, 'running 50')
    assert.notEqual(again.controller.laneOf(task({ user: 'ann' })), undefined)
    again.serveCandidate(40)
    world.clock.advance(HOUR_MS / 2)
    await again.controller.look()
    assert.equal(again.brief, 'running 75')
  })

  test('tells of a rollback whose process died before it could', async () => {
    await using world = await World.open()
    await world.reach(30)
    world.process.serveCandidate(100, { waitMs: 9000 })
    await world.process.controller.look()
    const [told] = world.process.alerts
    await world.process.controller.close()
    const again = world.newProcess()
    world.process = again
    await again.controller.open()
    assert.deepEqual(again.alerts, [told], 'by the same id, so that the store tells it once')
  })

  test('with another candidate begins anew', async () => {
    await using world = await World.open()
    await world.reach(50)
    await world.process.controller.close()
    world.process = world.newProcess(rolloutPlan({ id: 'candidate-two' }))
    await world.process.controller.open()
    assert.equal(world.process.brief, 'idle 0')
  })

  test('with fewer stages keeps its share and goes on from there', async () => {
    await using world = await World.open()
    await world.reach(50)
    await world.process.controller.close()
    const stages = [20, 100].map((percent) => ({ percent, minTimeMs: HOUR_MS, minRequests: 100 }))
    world.process = world.newProcess(rolloutPlan({ stages }))
    await world.process.controller.open()
    assert.equal(world.process.brief, 'running 50')
    await world.passStage()
    assert.equal(world.process.brief, 'running 100')
  })
})

describe('while the store is away', () => {
  test('everything stays as it is, what is counted waits, and it is said once', async () => {
    await using world = await World.open()
    await world.reach(30)
    world.faulty.mode = 'away'
    world.process.serveCandidate(100, { status: 'failed', httpStatus: 500 })
    for (let look = 0; look < 3; look += 1) await world.process.controller.look()
    assert.equal(world.process.brief, 'running 30')
    assert.equal(world.process.log.filter((event) => event === 'rollout_store_away').length, 1)
    world.faulty.mode = 'works'
    await world.process.controller.look()
    assert.equal(world.process.brief, 'rolled_back 10')
    assert.equal(world.process.log.at(-1), 'rollout_store_answers')
  })

  test('a step whose answer was lost is not made twice', async () => {
    await using world = await World.open()
    await world.reach(30)
    world.process.serveCandidate(100)
    world.clock.advance(HOUR_MS)
    await world.process.controller.close()
    const { rollouts } = world.faulty.store
    const losing = new Proxy(rollouts, {
      get: (_, name) => {
        const method = Reflect.get(rollouts, name) as (...values: unknown[]) => Promise<unknown>
        return async (...values: unknown[]) => {
          const answer = await method(...values)
          if (name === 'change') throw new StoreUnavailable('no answer came')
          return answer
        }
      },
    })
    world.process = new RolloutProcess(losing, world.clock)
    world.clock.advance(HOUR_MS)
    await world.process.controller.open()
    await world.process.controller.look()
    assert.equal(world.process.brief, 'running 30', 'it does not know that it was done')
    await world.process.controller.look()
    await world.process.controller.look()
    assert.equal(world.process.brief, 'running 50')
  })
})

test('when the ledger was made anew, it begins anew', async () => {
  await using world = await World.open()
  await using other = await World.open()
  let place = world.faulty.store.rollouts
  const moving = new Proxy(place, { get: (_, name) => Reflect.get(place, name) })
  const process = new RolloutProcess(moving, world.clock)
  await process.controller.open()
  await process.controller.change({ kind: 'start', shadow: false })
  await process.controller.change({ kind: 'advance' })
  place = other.faulty.store.rollouts
  await process.controller.look()
  assert.equal(process.brief, 'idle 0')
  assert.equal(process.controller.laneOf(task({ user: 'ann' })), undefined)
  await other.process.controller.change({ kind: 'start', shadow: false })
  await process.controller.look()
  assert.equal(process.brief, 'running 10')
  await process.controller.close()
})

test('a look under way does not bring back what somebody has changed meanwhile', async () => {
  await using world = await World.open()
  const { rollouts } = world.faulty.store
  const held = Promise.withResolvers<void>()
  let holds = false
  const slow = new Proxy(rollouts, {
    get: (_, name) => {
      const method = Reflect.get(rollouts, name) as (...values: unknown[]) => Promise<unknown>
      return async (...values: unknown[]) => {
        const answer = await method(...values)
        if (name === 'read' && holds) {
          holds = false
          await held.promise
        }
        return answer
      }
    },
  })
  const process = new RolloutProcess(slow, world.clock)
  await process.controller.open()
  await process.controller.change({ kind: 'start', shadow: false })
  holds = true
  const looking = process.controller.look()
  const changing = process.controller.change({ kind: 'advance' })
  // Whatever can be done while the look hangs is done by then.
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
  held.resolve()
  await Promise.all([looking, changing])
  assert.equal(process.brief, 'running 30')
  await process.controller.close()
})

test('a process that does not lead follows and does not judge', async () => {
  await using world = await World.open()
  const other = new RolloutProcess(world.faulty.store.rollouts, world.clock, rolloutPlan(), 'another process')
  await other.controller.open()
  await world.reach(30)
  await other.controller.look()
  assert.deepEqual([other.brief, other.controller.leads], ['running 30', false])
  other.serveCandidate(100, { status: 'failed', httpStatus: 500 })
  await other.controller.look()
  assert.equal(other.brief, 'running 30')
  await world.process.controller.look()
  assert.equal(world.process.brief, 'rolled_back 10')
  await other.controller.look()
  assert.deepEqual([other.brief, other.steps], ['rolled_back 10', []])
  await other.controller.close()
})

test('a shadow sends nothing by the candidate and never grows by itself', async () => {
  await using world = await World.open()
  await world.process.controller.change({ kind: 'start', shadow: true })
  const lane = world.process.controller.laneOf(task({ user: 'ann' }))
  assert.deepEqual([lane?.cohort, lane?.policy, lane?.shadow], ['current', 'current policy', 'candidate policy'])
  world.process.serve(1000)
  world.clock.advance(100 * HOUR_MS)
  await world.process.controller.look()
  assert.equal(world.process.brief, 'shadow 0')
})

test('the lanes are made when the state changes, and not for each request', async () => {
  await using world = await World.open()
  await world.reach(30)
  const of = (user: string) => world.process.controller.laneOf(task({ user }))
  const lanes = new Set(Array.from({ length: 500 }, (_, index) => of(`user-${index}`)))
  assert.equal(lanes.size, 2)
  assert.equal(world.process.controller.laneOf(task()), world.process.controller.laneOf(task()))
})
