// Proves what the passthrough of Anthropic's wire makes of every fault, every cut of its bytes and every way to leave.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { forgedAttempt, fundedAttempt } from '../../../test/make/attempt.ts'
import { nativeBody } from '../../../test/make/native-body.ts'
import fc from '../../../test/make/property.ts'
import { cloudProvider } from '../../../test/make/provider.ts'
import { RecordingSink } from '../../../test/make/recording-sink.ts'
import { classifiedAs, task } from '../../../test/make/task.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import type { CompletionStream, StreamEnd } from '../../domain/completion.ts'
import { nanoUsd } from '../../domain/money.ts'
import { type FailureKind, ProviderFailure } from '../../domain/provider-failure.ts'
import { type Behaviour, startAnthropicUpstream, type Upstream } from '../../testing/index.ts'
import type { Provider } from '../provider.ts'
import { AnthropicProvider } from './anthropic-provider.ts'

/** Longer than anything takes; a wait that reaches it has failed. */
const patienceMs = 15_000

/** Answers what did not come in Anthropic's wire, which nothing here does. */
const nobody: Provider = {
  ref: cloudProvider({ name: 'anthropic', kind: 'anthropic' }),
  execute: () => Promise.reject(new Error('it was translated')),
  probe: async () => ({ reachable: true, models: [], detail: '' }),
  close: async () => {},
}

interface World extends AsyncDisposable {
  readonly provider: AnthropicProvider
  readonly upstream: Upstream
  readonly violations: readonly unknown[]
}

async function startWorld(timeouts = { firstByteMs: 30_000, idleMs: 30_000 }): Promise<World> {
  const upstream = await startAnthropicUpstream({ apiKey: 'key' })
  const ref = cloudProvider({ name: 'anthropic', kind: 'anthropic', models: ['claude-haiku-4-5'] })
  const connection = connectTo(upstream.url, { ref, timeouts: { connectMs: 5000, ...timeouts } })
  const provider = new AnthropicProvider(ref, {
    ...{ upstream: connection.upstream, baseUrl: `${upstream.url}/v1`, apiKey: 'key', headers: {}, translated: nobody },
  })
  const close = async () => {
    await connection.upstream.close()
    await upstream.close()
  }
  return { provider, upstream, violations: connection.violations, [Symbol.asyncDispose]: close }
}

function attemptOf({ provider }: World, more: object = {}) {
  return {
    provider: provider.ref,
    model: 'claude-haiku-4-5',
    amount: nanoUsd(1),
    task: task({ body: nativeBody(more, more) }),
  }
}

const execute = (world: World, more: object = {}, signal = new Cancellation()) =>
  world.provider.execute(fundedAttempt(attemptOf(world, more)), signal)

async function failureOf(running: Promise<unknown>): Promise<ProviderFailure> {
  const error = await running.then(
    () => assert.fail('the provider answered'),
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof ProviderFailure, String(error))
  return error
}

async function open(world: World, behaviour: Behaviour, signal = new Cancellation()): Promise<CompletionStream> {
  world.upstream.next(behaviour)
  const reply = await execute(world, { stream: true }, signal)
  assert.equal(reply.kind, 'stream')
  return reply as CompletionStream
}

function played(stream: CompletionStream): Promise<{ readonly text: string; readonly end: StreamEnd }> {
  return new Promise((resolve) => {
    const sink = new RecordingSink()
    const end = sink.end.bind(sink)
    sink.end = (how) => {
      end(how)
      resolve({ text: sink.text, end: how })
    }
    stream.start(sink)
  })
}

const event = (type: string, more = '') => `event: ${type}\ndata: {"type":"${type}"${more}}\n\n`
const start = event(
  'message_start',
  ',"message":{"usage":{"input_tokens":7,"cache_read_input_tokens":3,"output_tokens":1}}',
)
const said = (text: string) => event('content_block_delta', `,"index":0,"delta":{"type":"text_delta","text":"${text}"}`)
const finish = event('message_delta', ',"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}')
const stop = event('message_stop')

describe('a refusal', () => {
  const statuses: readonly (readonly [number, FailureKind])[] = [
    [400, 'rejected'],
    [401, 'account'],
    [402, 'account'],
    [403, 'account'],
    [404, 'model_missing'],
    [408, 'timeout'],
    [413, 'context_exceeded'],
    [429, 'rate_limited'],
    [500, 'server_error'],
    [503, 'overloaded'],
    [504, 'timeout'],
    [529, 'overloaded'],
  ]

  test('is of the kind of its status, whole and streamed', async () => {
    await using world = await startWorld()
    for (const [status, kind] of statuses) {
      for (const stream of [false, true]) {
        world.upstream.next({ status, headers: { 'retry-after': '7' } })
        const failure = await failureOf(execute(world, { stream }))
        assert.deepEqual([failure.kind, failure.upstreamStatus, failure.retryAfterSeconds], [kind, status, 7])
      }
    }
  })

  test('passes its body on in Anthropic’s wire, and a page that is no error of Anthropic’s does not', async () => {
    await using world = await startWorld()
    const errorBody = { type: 'error', error: { type: 'invalid_request_error', message: 'no' }, request_id: 'req_1' }
    world.upstream.next({ status: 400, errorBody })
    const theirs = await failureOf(execute(world))
    assert.deepEqual(JSON.parse(theirs.reply?.body.toString() ?? ''), errorBody)
    assert.equal(theirs.reply?.wire, 'anthropic')
    world.upstream.next({ status: 400, rawBody: '<html>secret</html>', contentType: 'text/html' })
    const page = await failureOf(execute(world))
    assert.doesNotMatch(page.reply?.body.toString() ?? '', /secret/)
  })
})

describe('a whole answer', () => {
  const unreadable = ['<html>', '[]', 'null', '{"type":"message"}', '{"content":"text"}']
  for (const rawBody of unreadable) {
    test(`of ${rawBody} is malformed`, async () => {
      await using world = await startWorld()
      world.upstream.next({ rawBody })
      const failure = await failureOf(execute(world))
      assert.deepEqual([failure.kind, failure.dispatched], ['malformed', true])
    })
  }

  test('that is an error is one, although its status is 200', async () => {
    await using world = await startWorld()
    world.upstream.next({ rawBody: '{"type":"error","error":{"type":"overloaded_error","message":"x"}}' })
    assert.equal((await failureOf(execute(world))).kind, 'in_band_error')
  })

  test('has its usage by kinds', async () => {
    await using world = await startWorld()
    const usage = {
      prompt_tokens: 2000,
      completion_tokens: 50,
      prompt_tokens_details: { cached_tokens: 1500, cache_write_tokens: 100 },
      completion_tokens_details: { reasoning_tokens: 20 },
    }
    world.upstream.next({ usage })
    const reply = await execute(world)
    const counts = { inputTokens: 2000, cachedInputTokens: 1500, cacheWriteTokens: 100 }
    assert.deepEqual(reply.kind === 'completion' && reply.usage, { ...counts, outputTokens: 50, reasoningTokens: 20 })
  })
})

describe('a stream', () => {
  test('passes through whole, wherever the network cuts it', async () => {
    await using world = await startWorld()
    const bytes = Buffer.from(start + event('ping') + said('caf\\u00e9 日本 \\"usage\\"') + finish + stop)
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const edges = [0, ...places.sort((left, right) => left - right), bytes.length]
        const rawFrames = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
        const { text, end } = await played(await open(world, { rawFrames }))
        assert.equal(text, bytes.toString())
        assert.deepEqual([end.failure, end.usage?.inputTokens, end.usage?.outputTokens], [undefined, 10, 5])
      }),
      { numRuns: 40 },
    )
  })

  const odd: readonly (readonly [string, Behaviour])[] = [
    ['carriage returns', { lineEnding: 'crlf' }],
    ['comments', { comments: true }],
  ]
  for (const [what, behaviour] of odd) {
    test(`with ${what} is read to its end`, async () => {
      await using world = await startWorld()
      const { end } = await played(await open(world, { text: 'Hello.', ...behaviour }))
      assert.equal(end.failure, undefined)
      assert.ok((end.usage?.outputTokens ?? 0) > 0)
    })
  }

  const broken: readonly (readonly [string, readonly string[], FailureKind])[] = [
    ['that is empty', [], 'truncated'],
    ['that stops in its middle', [start, said('a')], 'truncated'],
    ['that stops after its reason', [start, said('a'), finish], 'truncated'],
    ['whose end comes without a reason', [start, said('a'), stop], 'truncated'],
    [
      'with an error in its middle',
      [start, said('a'), event('error', ',"error":{"type":"api_error"}')],
      'in_band_error',
    ],
  ]
  for (const [what, rawFrames, kind] of broken) {
    test(`${what} is a failure and has no bill`, async () => {
      await using world = await startWorld()
      const { text, end } = await played(await open(world, { rawFrames }))
      assert.deepEqual([end.failure?.kind, end.failure?.dispatched], [kind, true])
      assert.ok(!text.includes('message_stop'))
      if (rawFrames.includes(finish))
        assert.equal(end.usage?.outputTokens, 5, 'what was reported with the reason counts')
      else assert.equal(end.usage, undefined)
      if (rawFrames.length > 0) assert.equal((end.usage ?? end.usageSoFar)?.inputTokens, 10)
    })
  }

  test('counts the bytes of text, thoughts and arguments that it has delivered', async () => {
    await using world = await startWorld()
    const deltas = [
      said('four'),
      event('content_block_delta', ',"index":1,"delta":{"type":"thinking_delta","thinking":"five5"}'),
      event('content_block_delta', ',"index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"six\\""}'),
    ]
    const { end } = await played(await open(world, { rawFrames: [start, ...deltas] }))
    assert.equal(end.deliveredTokens, 'four'.length + 'five5'.length + '{\\"six\\"'.length)
  })

  test('that does not come as events is malformed', async () => {
    await using world = await startWorld()
    world.upstream.next({ rawBody: '{}', contentType: 'application/json' })
    assert.equal((await failureOf(execute(world, { stream: true }))).kind, 'malformed')
  })

  test('that falls silent is a time-out, and its server is freed', async () => {
    await using world = await startWorld({ firstByteMs: 30_000, idleMs: 400 })
    const { end } = await played(await open(world, { chunks: ['a', 'b'], hang: 'mid_stream' }))
    assert.equal(end.failure?.kind, 'timeout')
    await world.upstream.journal.waitFor(({ ended }) => ended === 'client_closed', patienceMs)
  })
})

describe('a caller who leaves', () => {
  test('before the headers or in a body frees the server', async () => {
    for (const hang of ['before_headers', 'after_headers', 'mid_stream'] as const) {
      await using world = await startWorld()
      world.upstream.next({ hang })
      const signal = new Cancellation()
      const running = failureOf(execute(world, {}, signal))
      await world.upstream.journal.waitFor(({ ended }) => ended === 'open', patienceMs)
      signal.cancel('client_closed')
      assert.equal((await running).kind, 'cancelled')
      await world.upstream.journal.waitFor(({ ended }) => ended === 'client_closed', patienceMs)
    }
  })

  test('in a stream ends it once, as cancelled, with what was reported so far', async () => {
    await using world = await startWorld()
    const signal = new Cancellation()
    const stream = await open(world, { chunks: ['a', 'b', 'c'], hang: 'mid_stream' }, signal)
    const playing = played(stream)
    await world.upstream.journal.waitFor(({ ended }) => ended === 'open', patienceMs)
    signal.cancel('client_closed')
    const { end } = await playing
    assert.equal(end.failure?.kind, 'cancelled')
    assert.equal(end.usage, undefined)
  })
})

test('restricted data that reaches it by a fault of routing is refused by the second lock', async () => {
  await using world = await startWorld()
  const attempt = forgedAttempt({ ...attemptOf(world), classification: classifiedAs('pii') })
  const failure = await failureOf(Promise.resolve().then(() => world.provider.execute(attempt, new Cancellation())))
  assert.deepEqual([failure.kind, failure.dispatched], ['privacy_refused', false])
  assert.equal(world.violations.length, 1)
  assert.equal(world.upstream.journal.connections.length, 0)
})
