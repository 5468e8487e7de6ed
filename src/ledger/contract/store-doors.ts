// Owns the part of the stores' contract about providers that are closed for restricted data.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredDoor } from '../door-store.ts'
import { type MakeStore, NOW_MS, StoreWorld } from './store-world.ts'

const forwarded: StoredDoor = {
  ...{ provider: 'ollama', cause: 'remote_model_answered', blocks: true, sinceMs: NOW_MS, cloudWasOn: true },
}
const strayed: StoredDoor = { ...forwarded, cause: 'address_not_local', blocks: false, cloudWasOn: false }

export function storeDoors(makeStore: MakeStore): void {
  test('what one process closes is closed for all, as it was said', async () => {
    await using world = await StoreWorld.open(makeStore)
    const other = await world.another()
    assert.deepEqual(await other.doors.closed(), [])
    await world.store.doors.close(forwarded)
    await world.store.doors.close({ ...strayed, provider: 'gpu' })
    assert.deepEqual(await other.doors.closed(), [{ ...strayed, provider: 'gpu' }, forwarded])
  })

  test('a graver cause takes the place of another, and nothing takes the place of a grave one', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.doors.close(strayed)
    await world.store.doors.close({ ...strayed, sinceMs: NOW_MS + 1 })
    assert.deepEqual(await world.store.doors.closed(), [strayed])
    await world.store.doors.close({ ...forwarded, sinceMs: NOW_MS + 2 })
    for (const later of [strayed, { ...forwarded, cause: 'restricted_attempt_to_cloud' }]) {
      await world.store.doors.close({ ...later, sinceMs: NOW_MS + 3 })
    }
    assert.deepEqual(await world.store.doors.closed(), [{ ...forwarded, sinceMs: NOW_MS + 2 }])
  })

  test('who opens it opens what was known then, not what was closed since', async () => {
    await using world = await StoreWorld.open(makeStore)
    const other = await world.another()
    await world.store.doors.close(forwarded)
    await other.doors.open('ollama', NOW_MS - 1)
    await other.doors.open('gpu', NOW_MS)
    assert.deepEqual(await world.store.doors.closed(), [forwarded])
    await other.doors.open('ollama', NOW_MS)
    await other.doors.open('ollama', NOW_MS)
    assert.deepEqual(await world.store.doors.closed(), [])
    await world.store.doors.close(forwarded)
    assert.deepEqual(await other.doors.closed(), [forwarded])
  })
}
