// Owns the part of the stores' contract about limits that processes share.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LimitStore, LimitSubject, SliceGrant, SliceRequest } from '../limit-store.ts'
import { type MakeStore, NOW_MS, StoreWorld } from './store-world.ts'

const MINUTE_MS = Math.floor(NOW_MS / 60_000) * 60_000
const requests: LimitSubject = { scope: 'key', name: 'k1', kind: 'requests', windowMs: MINUTE_MS }
const tokens: LimitSubject = { ...requests, kind: 'tokens' }
const seats: LimitSubject = { ...requests, kind: 'parallel', windowMs: 0 }

const slice = (subject: LimitSubject, need: number, limit: number, more: Partial<SliceRequest> = {}): SliceRequest => ({
  ...{ ...subject, need, want: need, limit, untilMs: MINUTE_MS + 60_000 },
  ...more,
})

const take = async (limits: LimitStore, owner: string, ...wanted: readonly SliceRequest[]) =>
  (await limits.take(owner, wanted, NOW_MS)).map(({ granted, left }: SliceGrant) => [granted, left])

export function storeLimits(makeStore: MakeStore): void {
  test('what all have taken stays within the limit, to the last one', async () => {
    await using world = await StoreWorld.open(makeStore)
    const [a, b] = [world.store.limits, (await world.another()).limits]
    assert.deepEqual(await take(a, 'a', slice(requests, 2, 5)), [[2, 3]])
    assert.deepEqual(await take(b, 'b', slice(requests, 2, 5)), [[2, 1]])
    assert.deepEqual(await take(a, 'a', slice(requests, 2, 5)), [[0, 1]])
    assert.deepEqual(await take(a, 'a', slice(requests, 1, 5)), [[1, 0]])
    assert.deepEqual(await take(b, 'b', slice({ ...requests, name: 'k2' }, 5, 5)), [[5, 0]])
    assert.deepEqual(await take(b, 'b', slice({ ...requests, windowMs: MINUTE_MS + 60_000 }, 5, 5)), [[5, 0]])
  })

  test('more than is needed is a sixteenth of what would be left', async () => {
    await using world = await StoreWorld.open(makeStore)
    assert.deepEqual(await take(world.store.limits, 'a', slice(requests, 1, 161, { want: 1000 })), [[11, 150]])
    assert.deepEqual(await take(world.store.limits, 'a', slice(tokens, 1, 161, { want: 4 })), [[4, 157]])
  })

  test('nothing is taken of any when one is exhausted', async () => {
    await using world = await StoreWorld.open(makeStore)
    const { limits } = world.store
    await take(limits, 'a', slice(tokens, 90, 100))
    assert.deepEqual(await take(limits, 'b', slice(requests, 1, 5), slice(tokens, 20, 100)), [
      [0, 5],
      [0, 10],
    ])
    assert.deepEqual(await take(limits, 'b', slice(requests, 5, 5), slice(tokens, 10, 100)), [
      [5, 0],
      [10, 0],
    ])
  })

  test('what is given back can be taken again, and what was used beyond counts', async () => {
    await using world = await StoreWorld.open(makeStore)
    const { limits } = world.store
    await take(limits, 'a', slice(tokens, 80, 100))
    await limits.giveBack('a', [{ ...tokens, amount: 50 }])
    assert.deepEqual(await take(limits, 'b', slice(tokens, 60, 100)), [[60, 10]])
    await limits.giveBack('b', [{ ...tokens, amount: -25 }])
    assert.deepEqual(await take(limits, 'a', slice(tokens, 1, 100)), [[0, 0]])
    await limits.giveBack('a', [{ ...tokens, amount: 1000 }])
    assert.deepEqual(await take(limits, 'a', slice(tokens, 15, 100)), [[15, 0]])
  })

  test('what is held at once lapses with its process, and not before while that renews it', async () => {
    await using world = await StoreWorld.open(makeStore)
    const { limits } = world.store
    const seat = (untilMs: number) => slice(seats, 1, 1, { untilMs })
    const takeAt = async (owner: string, nowMs: number) =>
      (await limits.take(owner, [seat(nowMs + 30_000)], nowMs))[0]?.granted
    assert.equal(await takeAt('a', NOW_MS), 1)
    await limits.renew('a', NOW_MS + 50_000, NOW_MS + 20_000)
    assert.equal(await takeAt('b', NOW_MS + 49_999), 0)
    assert.equal(await takeAt('b', NOW_MS + 50_000), 1)
    await limits.renew('a', NOW_MS + 200_000, NOW_MS + 60_000)
    assert.equal(await takeAt('a', NOW_MS + 60_000), 0)
    assert.equal(await takeAt('a', NOW_MS + 80_000), 1, 'what has lapsed does not come back')
  })

  test('many who take at once never have more than the limit together', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store.limits, (await world.another()).limits]
    const asked = Array.from({ length: 30 }, (_, index) =>
      take(stores[index % 2] as LimitStore, `o${index % 2}`, slice(requests, 1, 20), slice(seats, 1, 12)),
    )
    const granted = (await Promise.all(asked)).filter(([first]) => first?.[0] === 1)
    assert.equal(granted.length, 12)
  })
}
