// Owns which failure each fault of a server must become, so that policy may decide by kinds alone.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Cancellation } from '../../domain/cancellation.ts'
import type { FailureKind } from '../../domain/provider-failure.ts'
import type { Behaviour } from '../../testing/index.ts'
import { answer, chatOf, collect, failureOf, open, type ProviderSubject, patienceMs } from './provider-world.ts'

/** Short, and long enough for a busy machine to answer in. */
const SHORT_MS = 400

const statuses: readonly (readonly [number, FailureKind])[] = [
  [401, 'account'],
  [402, 'account'],
  [403, 'account'],
  [404, 'model_missing'],
  [408, 'timeout'],
  [429, 'rate_limited'],
  [500, 'server_error'],
  [502, 'server_error'],
  [503, 'overloaded'],
  [504, 'timeout'],
]

export function failureContract({ start }: ProviderSubject): void {
  describe('a status', () => {
    test('is a failure of its kind, whole and streamed, and was sent', async () => {
      await using world = await start()
      for (const [status, kind] of statuses) {
        for (const stream of [false, true]) {
          world.upstream.next({ status })
          const failure = await failureOf(world.provider.execute(chatOf(world, { stream }), new Cancellation()))
          assert.deepEqual(
            [failure.kind, failure.upstreamStatus, failure.dispatched],
            [kind, status, true],
            `${status}`,
          )
        }
      }
    })

    test('that asks for patience says how much', async () => {
      await using world = await start()
      for (const status of [429, 503]) {
        world.upstream.next({ status, headers: { 'retry-after': '7' } })
        assert.equal((await failureOf(answer(world, chatOf(world)))).retryAfterSeconds, 7)
      }
    })

    test('of 400 passes the server’s own words on, and quotes none of them in its own', async () => {
      await using world = await start()
      world.upstream.next({ status: 400 })
      const failure = await failureOf(answer(world, chatOf(world)))
      assert.equal(failure.kind, 'rejected')
      assert.equal(failure.fallback, false)
      const body = JSON.parse(failure.reply?.body.toString() ?? '') as { error: { message: string } }
      assert.equal(failure.reply?.status, 400)
      assert.ok(body.error.message.length > 0)
      assert.ok(!failure.message.includes(body.error.message))
    })

    test('of a redirect is not followed', async () => {
      await using world = await start()
      world.upstream.next({ redirectTo: `${world.upstream.url}/elsewhere` })
      assert.equal((await failureOf(answer(world, chatOf(world)))).kind, 'malformed')
      assert.equal(world.upstream.journal.requests.length, 1)
    })
  })

  const bodies: readonly (readonly [string, Behaviour, FailureKind])[] = [
    ['no JSON', { rawBody: '<html>' }, 'malformed'],
    ['half of its JSON', { rawBody: '{"choices":[{"mess' }, 'malformed'],
    ['no object', { rawBody: '[]' }, 'malformed'],
    ['nothing', { rawBody: '' }, 'malformed'],
    ['an end in its middle', { disconnectAfter: 1 }, 'truncated'],
  ]
  for (const [what, behaviour, kind] of bodies) {
    test(`an answer with ${what} is ${kind}`, async () => {
      await using world = await start()
      world.upstream.next(behaviour)
      assert.equal((await failureOf(answer(world, chatOf(world)))).kind, kind)
    })
  }

  test('a server that refuses connections is unreachable, and nothing was sent', async () => {
    await using world = await start()
    await world.upstream.stopListening()
    const failure = await failureOf(answer(world, chatOf(world)))
    assert.deepEqual([failure.kind, failure.dispatched, failure.fallback], ['unreachable', false, true])
  })

  test('a connection that breaks before the headers is unreachable, and may have been sent', async () => {
    await using world = await start()
    world.upstream.next({ disconnectAfter: -1 })
    const failure = await failureOf(answer(world, chatOf(world)))
    assert.deepEqual([failure.kind, failure.dispatched], ['unreachable', true])
  })

  test('a pooled connection that the server closed meanwhile harms no later request', async () => {
    await using world = await start({ maxConnections: 1 })
    await answer(world, chatOf(world))
    await world.upstream.stopListening()
    await world.upstream.startListening()
    await answer(world, chatOf(world))
    assert.equal(world.upstream.journal.connections.length, 2)
  })

  describe('silence', () => {
    test('before the headers is a time-out of the first byte', async () => {
      await using world = await start({ firstByteMs: SHORT_MS })
      world.upstream.next({ hang: 'before_headers' })
      const failure = await failureOf(answer(world, chatOf(world)))
      assert.deepEqual([failure.kind, failure.dispatched], ['timeout', true])
    })

    test('after the headers is a time-out of the idle answer', async () => {
      await using world = await start({ idleMs: SHORT_MS })
      world.upstream.next({ hang: 'after_headers' })
      assert.equal((await failureOf(answer(world, chatOf(world)))).kind, 'timeout')
    })

    test('in the middle of a stream is a time-out of it, and the connection is given up', async () => {
      await using world = await start({ idleMs: SHORT_MS })
      world.upstream.next({ chunks: ['a', 'b'], hang: 'mid_stream' })
      const { end } = await collect(await open(world))
      assert.equal(end.failure?.kind, 'timeout')
      await world.upstream.journal.waitFor(({ ended }) => ended === 'client_closed', patienceMs)
    })
  })
}
