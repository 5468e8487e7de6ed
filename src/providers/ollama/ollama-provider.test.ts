// Proves, with recorded replies of a real Ollama, what each of them means to a request.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fundedAttempt } from '../../../test/make/attempt.ts'
import { chatBody } from '../../../test/make/chat-body.ts'
import { startServer } from '../../../test/make/http-server.ts'
import { ollamaRecording } from '../../../test/make/ollama-recording.ts'
import { cloudProvider, localProvider } from '../../../test/make/provider.ts'
import { classifiedAs, task } from '../../../test/make/task.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { usage } from '../../../test/make/usage.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import type { ProviderFailure } from '../../domain/provider-failure.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import { OllamaProvider } from './ollama-provider.ts'

interface Scene {
  /** What /api/chat answers. */
  readonly chat: { readonly status: number; readonly body: string }
  readonly ref?: ProviderRef
  readonly restricted?: boolean
  readonly body?: object
  readonly maxContextTokens?: number
  /** How often the same is asked. */
  readonly times?: number
}

async function ask({
  chat,
  ref = localProvider(),
  restricted = false,
  body = {},
  maxContextTokens = 32_768,
  times = 1,
}: Scene) {
  const models: string[] = []
  await using server = await startServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    if (request.url === '/api/chat') models.push((JSON.parse(text) as { model: string }).model)
    const reply =
      { '/api/status': ollamaRecording('cloud-status'), '/api/show': ollamaRecording('show-local-suffix') }[
        request.url ?? ''
      ] ?? chat
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body)
  })
  await using connection = connectTo(server.url, { ref })
  const causes: string[] = []
  const provider = new OllamaProvider(ref, {
    upstream: connection.upstream,
    settings: { keepAlive: undefined, maxContextTokens },
    clock: { wallMs: () => 1795435200_999, monotonicMs: () => 0 },
    onViolation: ({ cause }) => causes.push(cause),
  })
  const classification = classifiedAs(restricted ? 'pii' : 'public')
  const attempt = fundedAttempt({ provider: ref, classification, task: task({ body: chatBody(body) }) })
  const outcomes = []
  for (let time = 0; time < times; time += 1) {
    const answer = await provider.execute(attempt, new Cancellation()).then(
      (completion) => ({ completion, failure: undefined }),
      (failure: ProviderFailure) => ({ completion: undefined, failure }),
    )
    outcomes.push(answer)
  }
  const [{ completion, failure } = { completion: undefined, failure: undefined }] = outcomes
  return { completion, failure, models, causes, kinds: outcomes.map((one) => one.failure?.kind) }
}

const recorded = (name: string) => ollamaRecording(name)

describe('a recorded reply', () => {
  test('of an answer is a completion with its usage', async () => {
    const { completion } = await ask({ chat: recorded('chat') })
    assert.ok(completion?.kind === 'completion')
    assert.deepEqual(completion.usage, usage(14, 12))
    assert.partialDeepStrictEqual(JSON.parse(completion.body.toString()), {
      id: 'chatcmpl-req_0123456789abcdef',
      created: 1795435200,
      model: 'gemma-3-4b',
    })
  })

  const failures = [
    ['chat-missing-model', 'model_missing', 404, 'model_not_found'],
    ['queue-full', 'overloaded', 503, undefined],
    ['runner-killed', 'server_error', 500, undefined],
    ['chat-wrong-type', 'rejected', 400, null],
    ['chat-repeat-abort', 'truncated', undefined, undefined],
  ] as const
  for (const [name, kind, status, code] of failures) {
    test(`${name} is ${kind}`, async () => {
      const { failure } = await ask({ chat: recorded(name) })
      assert.deepEqual([failure?.kind, failure?.upstreamStatus, failure?.dispatched], [kind, status, true])
      const shown = failure?.reply && (JSON.parse(failure.reply.body.toString()) as { error: { code: unknown } })
      assert.equal(shown?.error.code, code)
    })
  }

  test('that refuses a prompt as too long is that only where the window was not certain to hold it', async () => {
    const long = { messages: [{ role: 'user', content: 'x'.repeat(9000) }] }
    const chat = recorded('chat-over-context-truncate-false')
    assert.equal((await ask({ chat, body: long, maxContextTokens: 4096 })).failure?.kind, 'context_exceeded')
    assert.equal((await ask({ chat })).failure?.kind, 'rejected')
  })

  test('to a prompt that was cut to the window is no answer', async () => {
    const long = { messages: [{ role: 'user', content: 'x'.repeat(300) }] }
    const cut = await ask({ chat: recorded('chat-over-context'), body: long, maxContextTokens: 256 })
    assert.equal(cut.failure?.kind, 'context_exceeded')
    const whole = await ask({ chat: recorded('chat-over-context'), body: long, maxContextTokens: 4096 })
    assert.equal(whole.failure, undefined)
  })

  test('that is no answer is malformed', async () => {
    for (const body of ['', '<html>', 'null', '{}', '{"done":true}']) {
      assert.equal((await ask({ chat: { status: 200, body } })).failure?.kind, 'malformed', body)
    }
  })
})

describe('restricted data', () => {
  test('goes to a proven model only, under the name that is never forwarded', async () => {
    const { models, failure } = await ask({ chat: recorded('chat'), restricted: true })
    assert.deepEqual([models, failure], [['gemma-3-4b:local'], undefined])
  })

  test('that was forwarded all the same is a violation, and no more goes there', async () => {
    const { causes, kinds, models } = await ask({ chat: recorded('cloud-stub-chat'), restricted: true, times: 2 })
    assert.deepEqual(causes, ['remote_model_answered'])
    assert.deepEqual(kinds, [undefined, 'privacy_refused'])
    assert.equal(models.length, 1)
  })

  test('that was forwarded is a violation also when the answer is none', async () => {
    const body = JSON.stringify({ remote_host: 'https://ollama.com:443', done: false })
    const { causes, kinds } = await ask({ chat: { status: 200, body }, restricted: true, times: 2 })
    assert.deepEqual([causes, kinds], [['remote_model_answered'], ['malformed', 'privacy_refused']])
  })

  test('is not what a forwarded public request is', async () => {
    const { causes, models } = await ask({ chat: recorded('cloud-stub-chat') })
    assert.deepEqual([causes, models], [[], ['gemma-3-4b']])
    const cloud = await ask({ chat: recorded('cloud-stub-chat'), ref: cloudProvider() })
    assert.deepEqual(cloud.causes, [])
  })
})
