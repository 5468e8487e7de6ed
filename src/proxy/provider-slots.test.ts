// Proves that places and queue are bounded, first come, first served, and that no ending of a request keeps a place.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HandClock } from '../../test/make/hand-clock.ts'
import fc from '../../test/make/property.ts'
import { Cancellation } from '../domain/cancellation.ts'
import { HeldSlot, ProviderSlots } from './provider-slots.ts'

const never = new Cancellation()

function slotsOf(maxConcurrent: number, maxQueue = 100, clock = new HandClock()): ProviderSlots {
  return new ProviderSlots({ maxConcurrent, maxQueue, queueTimeoutMs: 1_000 }, clock)
}

describe('places', () => {
  test('are taken at once while there are some', () => {
    const slots = slotsOf(2)
    assert.deepEqual([slots.take(never), slots.take(never)], ['taken', 'taken'])
    assert.ok(slots.take(never) instanceof Promise)
  })

  test('go to those that wait in the order of their arrival', async () => {
    const slots = slotsOf(1)
    slots.take(never)
    const order: number[] = []
    const waiting = [1, 2, 3].map(async (number) => {
      assert.equal(await slots.take(never), 'taken')
      order.push(number)
      slots.release()
    })
    slots.release()
    await Promise.all(waiting)
    assert.deepEqual(order, [1, 2, 3])
    assert.equal(slots.taken, 0)
  })

  test('that are given back twice by one holder count once', () => {
    const slots = slotsOf(2)
    slots.take(never)
    slots.take(never)
    const held = new HeldSlot(slots)
    held.release()
    held.release()
    assert.equal(slots.taken, 1)
  })
})

describe('the queue', () => {
  test('refuses whoever comes when it is full', () => {
    const slots = slotsOf(1, 1)
    slots.take(never)
    slots.take(never)
    assert.equal(slots.take(never), 'queue_full')
    assert.equal(slotsOf(1, 0).take(never), 'taken')
  })

  test('lets go of those that have waited too long', async () => {
    const clock = new HandClock()
    const slots = slotsOf(1, 2, clock)
    slots.take(never)
    const first = slots.take(never)
    clock.advance(600)
    const second = slots.take(never)
    clock.advance(400)
    assert.equal(await first, 'waited_too_long')
    assert.equal(slots.waiting, 1)
    slots.release()
    assert.equal(await second, 'taken')
    assert.deepEqual(clock.waits, [])
  })

  test('has a place free at once when a client in it leaves', async () => {
    const slots = slotsOf(1, 1)
    slots.take(never)
    const leaver = new Cancellation()
    const left = slots.take(leaver)
    leaver.cancel('client_closed')
    assert.ok(slots.take(never) instanceof Promise, 'its place in the queue is free')
    assert.equal(await left, 'left')
    assert.equal(slots.take(leaver), 'left', 'who has left already does not wait')
  })
})

test('whatever comes, goes, leaves and waits too long, the places are within their bound and all come back', async () => {
  const step = fc.constantFrom('come', 'end', 'leave', 'time' as const)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), async (places, steps) => {
      const clock = new HandClock()
      const slots = slotsOf(places, 3, clock)
      const running: HeldSlot[] = []
      const clients: Cancellation[] = []
      const come = async () => {
        const client = new Cancellation()
        clients.push(client)
        if ((await slots.take(client)) === 'taken') running.push(new HeldSlot(slots))
      }
      const coming: Promise<void>[] = []
      for (const one of steps) {
        if (one === 'come') coming.push(come())
        else if (one === 'end') running.shift()?.release()
        else if (one === 'leave') clients.pop()?.cancel('client_closed')
        else clock.advance(400)
        await Promise.resolve()
        await Promise.resolve()
        assert.ok(slots.taken <= places && slots.waiting <= 3)
      }
      clock.advance(2_000)
      await Promise.all(coming)
      for (const held of running) held.release()
      assert.deepEqual([slots.taken, slots.waiting, clock.waits.length], [0, 0, 0])
    }),
  )
})
