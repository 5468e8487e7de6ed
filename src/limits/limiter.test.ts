// Limits in two processes on one store: in any order of requests, ends and minutes none is passed, and refusals take nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandClock } from '../../test/make/hand-clock.ts'
import fc from '../../test/make/property.ts'
import { AegisError } from '../domain/errors.ts'
import { NO_LIMITS, type RateLimits } from '../domain/rate-limits.ts'
import { IN_MEMORY } from '../ledger/sqlite/ledger-file.ts'
import { SqliteStore } from '../ledger/sqlite/sqlite-store.ts'
import type { Admission } from './admission.ts'
import { Limiter } from './limiter.ts'
import { MINUTE_MS } from './slice.ts'

interface Running {
  readonly admission: Admission
  readonly minute: number
  tokens: number
}

class World implements AsyncDisposable {
  readonly clock = new HandClock()
  readonly store = new SqliteStore({ path: IN_MEMORY })
  readonly limiters: Limiter[] = []

  static async open(processes: number): Promise<World> {
    const world = new World()
    await world.store.open()
    for (let index = 0; index < processes; index += 1) {
      const options = { store: world.store.limits, clock: world.clock, owner: `process-${index}` }
      world.limiters.push(new Limiter(options))
    }
    return world
  }

  get minute(): number {
    return Math.floor(this.clock.wallMs() / MINUTE_MS)
  }

  /** Undefined when it is refused. */
  async admit(process: number, limits: Partial<RateLimits>, tokens = 1): Promise<Admission | undefined> {
    try {
      const party = { scope: 'key' as const, name: 'k', limits: { ...NO_LIMITS, ...limits } }
      return await this.limiters[process % this.limiters.length]?.admit([party], tokens)
    } catch (error) {
      assert.ok(error instanceof AegisError && error.code === 'rate_limited')
      return undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const limiter of this.limiters) await limiter.close()
    await this.store.close()
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('ask' as const),
      who: fc.nat(1),
      tokens: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('end' as const), which: fc.nat(20), percent: fc.nat(100) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(60, 300),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('minute' as const) }) },
)
const limits = { requestsPerMinute: 12, tokensPerMinute: 200, parallelRequests: 4 }

test('no limit is passed at any step, in two processes together', async () => {
  let admitted = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      await using world = await World.open(2)
      const running: Running[] = []
      const requests = new Map<number, number>()
      const tokens = new Map<number, number>()
      const add = (sums: Map<number, number>, minute: number, amount: number) =>
        sums.set(minute, (sums.get(minute) ?? 0) + amount)
      for (const next of steps) {
        if (next.does === 'wait') world.clock.advance(next.milliseconds)
        if (next.does === 'minute') {
          // A process that said nothing for a minute would have lost what it holds at once.
          for (const one of running.splice(0)) one.admission.settle(one.tokens)
          world.clock.advance(MINUTE_MS)
        }
        if (next.does === 'ask') {
          const { minute } = world
          const admission = await world.admit(next.who, limits, next.tokens)
          if (admission === undefined) continue
          admitted += 1
          running.push({ admission, minute, tokens: next.tokens })
          add(requests, minute, 1)
          add(tokens, minute, next.tokens)
        }
        if (next.does === 'end') {
          const [one] = running.splice(next.which % Math.max(1, running.length), 1)
          if (one === undefined) continue
          const used = Math.floor((one.tokens * next.percent) / 100)
          one.admission.settle(used)
          add(tokens, one.minute, used - one.tokens)
        }
        assert.ok(running.length <= limits.parallelRequests, `${running.length} at once`)
        assert.ok((requests.get(world.minute) ?? 0) <= limits.requestsPerMinute)
        assert.ok((tokens.get(world.minute) ?? 0) <= limits.tokensPerMinute)
      }
    }),
    { numRuns: 40 },
  )
  assert.ok(admitted > 100, 'hardly anything was admitted: nothing was tested')
})

test('alone, a process has all of a limit, to the last request and token', async () => {
  await using world = await World.open(1)
  for (let index = 0; index < 100; index += 1) assert.ok(await world.admit(0, { requestsPerMinute: 100 }))
  assert.equal(await world.admit(0, { requestsPerMinute: 100 }), undefined)
  assert.ok(await world.admit(0, { tokensPerMinute: 1000 }, 400))
  assert.ok(await world.admit(0, { tokensPerMinute: 1000 }, 600))
  assert.equal(await world.admit(0, { tokensPerMinute: 1000 }, 1), undefined)
})

test('a request that is larger than the limit takes all of it, and what it used beyond counts', async () => {
  await using world = await World.open(2)
  const large = await world.admit(0, { tokensPerMinute: 100 }, 5000)
  assert.ok(large)
  assert.equal(await world.admit(1, { tokensPerMinute: 100 }, 1), undefined)
  large.settle(30)
  await world.limiters[0]?.close()
  world.clock.advance(150)
  const next = await world.admit(1, { tokensPerMinute: 100 }, 70)
  assert.ok(next)
  next.settle(500)
  assert.equal(await world.admit(1, { tokensPerMinute: 100 }, 1), undefined)
  world.clock.advance(MINUTE_MS)
  assert.ok(await world.admit(0, { tokensPerMinute: 100 }, 100))
})

test('nothing is limited where no limit is set, and then nobody is asked', async () => {
  await using world = await World.open(1)
  assert.equal(world.limiters[0]?.admit([{ scope: 'key', name: 'k', limits: NO_LIMITS }], 10), undefined)
})

test('inside a slice nobody is waited for', async () => {
  await using world = await World.open(1)
  const party = { scope: 'key' as const, name: 'k', limits: { ...NO_LIMITS, requestsPerMinute: 1000 } }
  assert.ok(world.limiters[0]?.admit([party], 1) instanceof Promise)
  await world.admit(0, party.limits)
  assert.ok(!(world.limiters[0]?.admit([party], 1) instanceof Promise))
})

test('a process that was silent for too long takes its places anew, with those of requests still under way', async () => {
  await using world = await World.open(2)
  const two = { parallelRequests: 2 }
  const long = await world.admit(0, two)
  assert.ok(long)
  world.clock.advance(60_000)
  const more = await world.admit(0, two)
  assert.ok(more)
  assert.equal(await world.admit(1, two), undefined, 'both places are taken')
  long.settle(1)
  world.clock.advance(150)
  assert.ok(await world.admit(1, two))
  world.clock.advance(150)
  assert.equal(await world.admit(0, two), undefined)
})
