// Owns the part of the stores' contract about rollouts: one change at a time, one leader, and sums of all processes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MakeStore, NOW_MS, StoreWorld } from './store-world.ts'

const change = (revision: number, state = `"state ${revision + 1}"`) => ({
  revision,
  state,
  step: `"step ${revision + 1}"`,
  atMs: NOW_MS + revision,
})

export function storeRollouts(makeStore: MakeStore): void {
  test('nothing is known of a rollout before its first change', async () => {
    await using world = await StoreWorld.open(makeStore)
    assert.deepEqual({ ...(await world.store.rollouts.read('a')) }, { revision: 0, state: undefined })
    assert.deepEqual(await world.store.rollouts.steps('a', 10), [])
    assert.deepEqual(await world.store.rollouts.counts('a', 0), [])
  })

  test('of all who change one revision at once, one has changed it', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store, await world.another(), await world.another(), await world.another()]
    const changed = await Promise.all(stores.map((store, index) => store.rollouts.change('a', change(0, `"${index}"`))))
    assert.equal(changed.filter((done) => done).length, 1)
    const { revision, state } = await world.store.rollouts.read('a')
    assert.deepEqual([revision, state], [1, `"${changed.indexOf(true)}"`])
    assert.equal((await world.store.rollouts.steps('a', 10)).length, 1)
  })

  test('a change of an older or a newer revision changes nothing', async () => {
    await using world = await StoreWorld.open(makeStore)
    assert.equal(await world.store.rollouts.change('a', change(0)), true)
    assert.equal(await world.store.rollouts.change('a', change(0)), false)
    assert.equal(await world.store.rollouts.change('a', change(2)), false)
    assert.equal((await world.store.rollouts.read('a')).revision, 1)
  })

  test('steps are kept with their times, the newest first, each rollout its own', async () => {
    await using world = await StoreWorld.open(makeStore)
    for (const revision of [0, 1, 2]) await world.store.rollouts.change('a', change(revision))
    await world.store.rollouts.change('b', change(0))
    const steps = await (await world.another()).rollouts.steps('a', 2)
    assert.deepEqual(
      steps.map((step) => ({ ...step })),
      [
        { revision: 3, step: '"step 3"', atMs: NOW_MS + 2 },
        { revision: 2, step: '"step 2"', atMs: NOW_MS + 1 },
      ],
    )
  })

  test('one leads until its time is over, then whoever asks first; leading changes nothing of the state', async () => {
    await using world = await StoreWorld.open(makeStore)
    const other = await world.another()
    assert.equal(await world.store.rollouts.lead('a', 'one', NOW_MS, NOW_MS + 100), true)
    assert.equal(await other.rollouts.lead('a', 'two', NOW_MS + 99, NOW_MS + 500), false)
    assert.equal(await world.store.rollouts.lead('a', 'one', NOW_MS + 99, NOW_MS + 200), true, 'it goes on leading')
    assert.equal(await other.rollouts.lead('a', 'two', NOW_MS + 199, NOW_MS + 500), false)
    assert.equal(await other.rollouts.lead('a', 'two', NOW_MS + 200, NOW_MS + 500), true)
    assert.equal(await world.store.rollouts.lead('a', 'one', NOW_MS + 300, NOW_MS + 500), false)
    assert.equal(await world.store.rollouts.lead('b', 'one', NOW_MS + 300, NOW_MS + 500), true, 'another rollout')
    assert.equal(await world.store.rollouts.change('a', change(0)), true)
    assert.equal(
      await world.store.rollouts.lead('a', 'one', NOW_MS + 400, NOW_MS + 600),
      false,
      'a change keeps the leader',
    )
  })

  test('of all who want to lead at once, one does', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store, await world.another(), await world.another(), await world.another()]
    const leading = await Promise.all(
      stores.map((store, index) => store.rollouts.lead('a', `owner ${index}`, NOW_MS, NOW_MS + 100)),
    )
    assert.equal(leading.filter((leads) => leads).length, 1)
  })

  test('what processes count at once adds up, by rollout, epoch and name', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store, await world.another(), await world.another(), await world.another()]
    await Promise.all(
      stores.flatMap((store) => [
        store.rollouts.addCounts('a', [
          { epoch: 1, name: 'requests', amount: 3 },
          { epoch: 1, name: 'cost', amount: 4_000_000_000_000 },
          { epoch: 2, name: 'requests', amount: 1 },
        ]),
        store.rollouts.addCounts('b', [{ epoch: 1, name: 'requests', amount: 100 }]),
        store.rollouts.addCounts('a', []),
      ]),
    )
    const counts = await world.store.rollouts.counts('a', 1)
    assert.deepEqual(
      counts.map(({ name, amount }) => [name, amount]),
      [
        ['cost', 16_000_000_000_000],
        ['requests', 12],
      ],
    )
    assert.equal((await world.store.rollouts.counts('a', 2))[0]?.amount, 4)
  })

  test('a rollout is there when the data is opened again', async (context) => {
    const place = await makeStore()
    if (!place.shared) return context.skip('its data ends with it')
    const world = await StoreWorld.open(() => place)
    await world.store.rollouts.change('a', change(0))
    await world.store.rollouts.addCounts('a', [{ epoch: 1, name: 'requests', amount: 3 }])
    await world[Symbol.asyncDispose]()
    await using again = await StoreWorld.open(() => place)
    assert.deepEqual({ ...(await again.store.rollouts.read('a')) }, { revision: 1, state: '"state 1"' })
    assert.equal((await again.store.rollouts.counts('a', 1))[0]?.amount, 3)
  })
}
