// Proves of every service what counts as which failure, and that a request can be left at every stage.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { forgedAttempt } from '../../../test/make/attempt.ts'
import { chatBody } from '../../../test/make/chat-body.ts'
import { RecordingSink } from '../../../test/make/recording-sink.ts'
import { makings, play, serviceKinds, startService } from '../../../test/make/service.ts'
import { classifiedAs, task } from '../../../test/make/task.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import type { FailureKind, ProviderFailure } from '../../domain/provider-failure.ts'
import { blackholeUpstream, refusingPort } from '../../testing/dead-ends.ts'

/** Longer than anything takes; a wait that reaches it has failed. */
const patienceMs = 15_000

const CANARY = 'a canary of twenty-four characters or more'
const messages = [{ role: 'user', content: CANARY }]

async function failureOf(promise: Promise<unknown>): Promise<ProviderFailure> {
  const error = await promise.then(
    () => assert.fail('it did not fail'),
    (reason: ProviderFailure) => reason,
  )
  assert.equal(error.name, 'ProviderFailure')
  // Neither the failure nor anything that it holds on to repeats the prompt.
  assert.ok(!inspectDeep(error).includes(CANARY))
  return error
}

function inspectDeep(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 4) return JSON.stringify(error) ?? ''
  const own = Object.getOwnPropertyNames(error).map((name) =>
    String((error as unknown as Record<string, unknown>)[name]),
  )
  return [...own, JSON.stringify(error), inspectDeep(error.cause, depth + 1)].join('\n')
}

const statuses: readonly (readonly [status: number, kind: FailureKind, fallback: boolean])[] = [
  [400, 'rejected', false],
  [401, 'account', true],
  [403, 'account', true],
  [404, 'model_missing', true],
  [429, 'rate_limited', true],
  [500, 'server_error', true],
  [503, 'overloaded', true],
]

for (const kind of serviceKinds) {
  describe(kind, () => {
    for (const [status, failureKind, fallback] of statuses) {
      test(`a ${status} is ${failureKind}, streamed or not, and is asked once`, async () => {
        await using service = await startService(kind)
        service.upstream.always({ status, headers: { 'retry-after': '7' } })
        for (const stream of [false, true]) {
          const failure = await failureOf(service.execute({ stream, messages }))
          assert.deepEqual(
            [failure.kind, failure.fallback, failure.upstreamStatus, failure.provider, failure.dispatched],
            [failureKind, fallback, status, kind, true],
          )
          assert.equal(failure.retryAfterSeconds, 7)
        }
        assert.equal(service.upstream.journal.requests.length, 2)
      })
    }

    test('a redirect is not followed', async () => {
      await using elsewhere = await startService(kind)
      await using service = await startService(kind)
      service.upstream.next({ redirectTo: elsewhere.upstream.url })
      assert.equal((await failureOf(service.execute({ messages }))).kind, 'malformed')
      assert.equal(elsewhere.upstream.journal.connections.length, 0)
    })

    test('a wrong key is a matter of our account', async () => {
      await using service = await startService(kind, {
        apiKey: 'another',
        accessToken: makings[kind].settings?.accessToken && (() => Promise.resolve('another')),
      })
      assert.equal((await failureOf(service.execute({ messages }))).kind, 'account')
      assert.equal((await service.provider.probe(new Cancellation())).reachable, !makings[kind].listsModels)
    })

    test('an error inside a stream is one, before the first output and after it', async () => {
      await using service = await startService(kind)
      const chunks = ['one ', 'two']
      service.upstream.next({ inBandErrorAfter: 0 }, { chunks, inBandErrorAfter: makings[kind].preambleFrames + 2 })
      for (const delivered of [false, true]) {
        const failure = await streamFailure(service.execute({ stream: true, messages }))
        assert.equal(failure.error.kind, 'in_band_error')
        assert.equal(failure.text.includes('one'), delivered)
      }
    })

    test('a stream that ends without its end is truncated, whether it is cut or closes', async () => {
      await using service = await startService(kind)
      const chunks = ['one ', 'two ', 'three ']
      const frames = makings[kind].preambleFrames + 1
      service.upstream.next(
        { chunks, truncateAfter: frames },
        { chunks, disconnectAfter: frames },
        { disconnectAfter: 0 },
      )
      for (const delivered of [true, true, false]) {
        const { error, text } = await streamFailure(service.execute({ stream: true, messages }))
        assert.equal(error.kind, 'truncated')
        assert.equal(text.includes('one'), delivered)
      }
    })

    test('a whole answer that is cut is truncated, and one that is no answer is malformed', async () => {
      await using service = await startService(kind)
      service.upstream.next({ disconnectAfter: 1 }, { rawBody: '<html>' }, { rawBody: '' }, { rawBody: '{}' })
      assert.equal((await failureOf(service.execute({ messages }))).kind, 'truncated')
      assert.equal((await failureOf(service.execute({ messages }))).kind, 'malformed')
      assert.equal((await failureOf(service.execute({ messages }))).kind, 'malformed')
      const empty = makings[kind].isLenient ? 'truncated' : 'malformed'
      assert.equal((await failureOf(service.execute({ messages }))).kind, empty)
    })

    test('a stream that is no stream is malformed', async () => {
      await using service = await startService(kind)
      service.upstream.next({ rawFrames: ['<html>\n\n', 'data: {"candidates": "of no wire"}\n\n'] })
      const { error } = await streamFailure(service.execute({ stream: true, messages }))
      assert.equal(error.kind, 'malformed')
    })

    test('nobody there, silence before the headers and silence after them are told apart', async () => {
      await using refusing = await refusingPort()
      await using closed = await startService(kind, { at: refusing.url })
      assert.equal((await failureOf(closed.execute({ messages }))).kind, 'unreachable')

      await using silent = await blackholeUpstream()
      const timeouts = { connectMs: 5000, firstByteMs: 50, idleMs: 50 }
      await using quiet = await startService(kind, { at: silent.url, timeouts })
      assert.equal((await failureOf(quiet.execute({ messages }))).kind, 'timeout')

      await using service = await startService(kind, { timeouts: { ...timeouts, firstByteMs: 5000 } })
      service.upstream.next({ hang: 'after_headers' }, { hang: 'mid_stream' }, { hang: 'after_headers' })
      assert.equal((await streamFailure(service.execute({ stream: true, messages }))).error.kind, 'timeout')
      assert.equal((await streamFailure(service.execute({ stream: true, messages }))).error.kind, 'timeout')
      assert.equal((await failureOf(service.execute({ messages }))).kind, 'timeout')
    })

    test('a failure before the headers leaves nothing open, and one after them neither', async () => {
      await using service = await startService(kind, { maxConnections: 1 })
      service.upstream.next(
        { status: 500 },
        { inBandErrorAfter: 0 },
        { chunks: ['a', 'b'], disconnectAfter: makings[kind].preambleFrames },
      )
      for (let index = 0; index < 3; index += 1) {
        await streamFailure(service.execute({ stream: true, messages }))
      }
      assert.equal((await service.stream()).finish, 'stop')
    })

    for (const hang of ['before_headers', 'after_headers', 'mid_stream'] as const) {
      for (const stream of [false, true]) {
        test(`a caller who leaves ${hang.replace('_', ' ')} ends the upstream's work (${stream ? 'stream' : 'whole'})`, async () => {
          await using service = await startService(kind)
          service.upstream.next({ hang })
          const signal = new Cancellation()
          const failed = streamFailure(service.execute({ stream, messages }, { signal }))
          await service.upstream.journal.waitFor(
            (request) => request.rawBody.length > 0 && (hang === 'before_headers' || request.bytesSent >= 0),
            patienceMs,
          )
          // The first output has come when a stream hangs after it.
          if (hang === 'mid_stream')
            await service.upstream.journal.waitFor((request) => request.bytesSent > 0, patienceMs)
          signal.cancel('client_closed')
          assert.equal((await failed).error.kind, 'cancelled')
          await service.upstream.journal.waitFor((request) => request.ended === 'client_closed', patienceMs)
        })
      }
    }

    test('a model’s name leads nowhere else', async () => {
      await using service = await startService(kind)
      for (const model of [
        '../x',
        'a/../../b',
        '..',
        '.',
        'a/..:x',
        'a//b',
        'a?b',
        'a#b',
        'a\\b',
        'a%2f..',
        'a b',
        'a\nb',
      ]) {
        const failure = await failureOf(service.execute({ messages }, { model }))
        assert.deepEqual([failure.kind, failure.dispatched], ['model_missing', false], model)
      }
      assert.equal(service.upstream.journal.connections.length, 0)
      for (const model of [
        'claude-x.1',
        'publishers/models/x-1:0',
        'arn:aws:bedrock:eu-central-1:1:inference-profile/eu.x',
      ]) {
        await service.execute({ messages }, { model }).catch(() => {})
        const path = service.upstream.journal.requests.at(-1)?.path ?? ''
        // Claude at Vertex AI has another version of the same path.
        assert.ok(path.replace('/v1/projects/', '/v1beta1/projects/').startsWith(makings[kind].path), path)
      }
    })

    test('a caller who has left already is not sent', async () => {
      await using service = await startService(kind)
      const signal = new Cancellation()
      signal.cancel('client_closed')
      assert.equal((await failureOf(service.execute({ messages }, { signal }))).kind, 'cancelled')
      assert.equal(service.upstream.journal.requests.length, 0)
    })

    test('a client that reads no more is no reason to miss that the stream has broken off', async () => {
      await using service = await startService(kind)
      service.upstream.next({ chunks: ['one ', 'two ', 'three '], hang: 'mid_stream' })
      const signal = new Cancellation()
      const answer = await service.execute({ stream: true, messages }, { signal })
      assert.equal(answer.kind, 'stream')
      const sink = new RecordingSink()
      const frames = sink.frames.bind(sink)
      const full = Promise.withResolvers<void>()
      sink.frames = (bytes) => {
        frames(bytes)
        full.resolve()
        return false
      }
      const ended = play(answer, sink)
      await full.promise
      signal.cancel('client_closed')
      const { sink: after } = await ended
      assert.equal(after.ends[0]?.failure?.kind, 'cancelled')
    })

    test('a caller who leaves when everything has come, but not been read, is still charged by the usage', async () => {
      await using service = await startService(kind)
      service.upstream.next({ chunks: ['one ', 'two ', 'three '], usage: { prompt_tokens: 7, completion_tokens: 3 } })
      const signal = new Cancellation()
      const answer = await service.execute({ stream: true, messages }, { signal })
      assert.equal(answer.kind, 'stream')
      const sink = new RecordingSink()
      sink.frames = () => false
      const ended = play(answer, sink)
      await service.upstream.journal.waitFor((request) => request.ended === 'complete', patienceMs)
      // What the server has sent is on its way through loopback.
      await sleep(50)
      signal.cancel('client_closed')
      const [end] = (await ended).sink.ends
      assert.equal(end?.failure, undefined)
      assert.partialDeepStrictEqual(end?.usage, { inputTokens: 7, outputTokens: 3 })
    })

    for (const level of ['confidential', 'pii', 'hipaa'] as const) {
      test(`${level} data never connects, whatever the router decided`, async () => {
        await using service = await startService(kind)
        for (const stream of [false, true]) {
          const failure = await failureOf(restricted(service, level, stream))
          assert.deepEqual([failure.kind, failure.dispatched], ['privacy_refused', false])
        }
        assert.equal(service.upstream.journal.connections.length, 0)
        assert.deepEqual(
          service.violations.map(({ cause }) => cause),
          ['restricted_attempt_to_cloud', 'restricted_attempt_to_cloud'],
        )
      })
    }
  })
}

type Service = Awaited<ReturnType<typeof startService>>

function restricted(service: Service, level: 'confidential' | 'pii' | 'hipaa', stream: boolean) {
  const { ref } = service.provider
  const body = chatBody({ stream, messages })
  const attempt = forgedAttempt({ provider: ref, classification: classifiedAs(level), task: task({ body }) })
  return service.provider.execute(attempt, new Cancellation())
}

/** The failure of a call, before its stream is opened or at its end, and what came before. */
async function streamFailure(
  execution: ReturnType<Service['execute']>,
): Promise<{ readonly error: ProviderFailure; readonly text: string }> {
  const answer = await execution.catch((error: ProviderFailure) => error)
  if (answer instanceof Error) return { error: await failureOf(Promise.reject(answer)), text: '' }
  assert.equal(answer.kind, 'stream')
  const { sink } = await play(answer)
  assert.deepEqual([sink.ends.length, sink.late], [1, 0])
  const error = sink.ends[0]?.failure
  assert.ok(error, 'the stream did not fail')
  assert.equal(sink.ends[0]?.usage, undefined)
  return { error: await failureOf(Promise.reject(error)), text: sink.text }
}
