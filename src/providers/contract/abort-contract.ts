// Owns that a caller who leaves, at any stage, frees the server at once and the pool with it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, type CancelReason } from '../../domain/cancellation.ts'
import type { Behaviour } from '../../testing/index.ts'
import {
  answer,
  chatOf,
  collect,
  failureOf,
  open,
  type ProviderSubject,
  type ProviderWorld,
  patienceMs,
} from './provider-world.ts'

/** The server hangs for ever in these tests, so that it was left is the only way in which its request can end. */
const left = ({ upstream }: ProviderWorld) =>
  upstream.journal.waitFor(({ ended }) => ended === 'client_closed', patienceMs)
const arrived = ({ upstream }: ProviderWorld) =>
  upstream.journal.waitFor(({ method, ended }) => method === 'POST' && ended === 'open', patienceMs)

export function abortContract({ start }: ProviderSubject): void {
  test('a caller who left before is not served, and nothing is sent', async () => {
    await using world = await start()
    const cancellation = new Cancellation()
    cancellation.cancel('client_closed')
    const failure = await failureOf(world.provider.execute(chatOf(world), cancellation))
    assert.deepEqual([failure.kind, failure.dispatched], ['cancelled', false])
    assert.equal(world.upstream.journal.requests.length, 0)
  })

  const stages: readonly (readonly [string, boolean, Behaviour])[] = [
    ['before the headers of an answer', false, { hang: 'before_headers' }],
    ['before the headers of a stream', true, { hang: 'before_headers' }],
    ['in the body of an answer', false, { hang: 'mid_stream' }],
    ['after the headers of an answer', false, { hang: 'after_headers' }],
  ]
  for (const [stage, stream, behaviour] of stages) {
    test(`left ${stage}, the server is freed`, async () => {
      await using world = await start()
      world.upstream.next(behaviour)
      const cancellation = new Cancellation()
      const running = failureOf(world.provider.execute(chatOf(world, { stream }), cancellation))
      await arrived(world)
      cancellation.cancel('client_closed')
      assert.equal((await running).kind, 'cancelled')
      await left(world)
    })
  }

  const whens: readonly (readonly [string, Behaviour])[] = [
    ['after its headers', { hang: 'after_headers' }],
    ['in its middle', { chunks: ['a', 'b', 'c'], hang: 'mid_stream' }],
  ]
  for (const [when, behaviour] of whens) {
    test(`a stream that is left ${when} ends once, as cancelled, and the server is freed`, async () => {
      await using world = await start()
      world.upstream.next(behaviour)
      const cancellation = new Cancellation()
      const collected = collect(await open(world, {}, cancellation))
      await arrived(world)
      cancellation.cancel('client_closed')
      assert.equal((await collected).end.failure?.kind, 'cancelled')
      await left(world)
    })
  }

  const reasons: readonly (readonly [CancelReason, string])[] = [
    ['deadline', 'timeout'],
    ['shutdown', 'cancelled'],
  ]
  for (const [reason, kind] of reasons) {
    test(`a ${reason} frees the server as well, and is a failure of kind ${kind}`, async () => {
      await using world = await start()
      world.upstream.next({ hang: 'before_headers' })
      const cancellation = new Cancellation()
      const running = failureOf(world.provider.execute(chatOf(world), cancellation))
      await arrived(world)
      cancellation.cancel(reason)
      assert.equal((await running).kind, kind)
      await left(world)
    })
  }

  test('streams that were left give their place in the pool back', async () => {
    await using world = await start({ maxConnections: 2 })
    world.upstream.next(...Array.from({ length: 4 }, () => ({ chunks: ['a', 'b'], hang: 'mid_stream' }) as const))
    for (let round = 0; round < 2; round += 1) {
      const cancellations = [new Cancellation(), new Cancellation()]
      const opened = await Promise.all(cancellations.map((cancellation) => open(world, {}, cancellation)))
      const ends = Promise.all(opened.map((one) => collect(one)))
      for (const cancellation of cancellations) cancellation.cancel('client_closed')
      await ends
    }
    await answer(world, chatOf(world))
  })
}
