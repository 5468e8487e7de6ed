// Proves the translation of embeddings on recordings of a real Ollama.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AttemptParts, fundedAttempt } from '../../../test/make/attempt.ts'
import { embeddingBody } from '../../../test/make/embedding-body.ts'
import { startServer } from '../../../test/make/http-server.ts'
import { ollamaRecording } from '../../../test/make/ollama-recording.ts'
import { cloudProvider, localProvider } from '../../../test/make/provider.ts'
import { task } from '../../../test/make/task.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { usage } from '../../../test/make/usage.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import { systemClock } from '../../open-aegis.ts'
import type { OllamaReply } from './chat-reply.ts'
import { embeddingList, embedRequest } from './embed.ts'
import { OllamaProvider } from './ollama-provider.ts'

const settings = { keepAlive: undefined, maxContextTokens: 32_768 }
const attemptFor = (more: object, parts: AttemptParts = {}) =>
  fundedAttempt({
    provider: localProvider(),
    model: 'smollm2:135m',
    task: task({ body: embeddingBody(more) }),
    ...parts,
  })
const asked = (more: object, parts?: AttemptParts, own = settings) =>
  JSON.parse(embedRequest(attemptFor(more, parts), 'wire:model', own).body.toString()) as Record<string, unknown>

const recorded = ollamaRecording('embed')
const reply = JSON.parse(recorded.body) as OllamaReply & { readonly embeddings: number[][] }
const request = recorded.request.body as { readonly input: string[]; readonly dimensions: number }

describe('a request', () => {
  test('has the texts as a list, and never asks for a cut', () => {
    assert.deepEqual(asked({ input: request.input, dimensions: 4 }), {
      ...request,
      model: 'wire:model',
      truncate: false,
      options: { num_ctx: 4096 },
    })
    assert.deepEqual(asked({ input: 'one' }).input, ['one'])
  })

  test('asks for a window that holds the longest text, up to the largest', () => {
    const options = (length: number) => asked({ input: ['x', 'a'.repeat(length)] }).options
    assert.deepEqual(options(10_000), { num_ctx: 8192 })
    assert.deepEqual(options(1_000_000), { num_ctx: 32_768 })
  })

  test('to a cloud names no window, and one with a time to stay loaded says so', () => {
    assert.equal(asked({ input: 'a' }, { provider: cloudProvider() }).options, undefined)
    assert.equal(asked({ input: 'a' }, {}, { ...settings, keepAlive: '1h' } as never).keep_alive, '1h')
  })

  test('of token ids cannot be said', () => {
    for (const input of [
      [1, 2],
      [[1], [2]],
    ]) {
      assert.throws(() => embedRequest(attemptFor({ input }), 'm', settings), {
        kind: 'unsupported',
        dispatched: false,
      })
    }
  })
})

describe('an answer', () => {
  test('that was recorded is OpenAI’s list', () => {
    assert.deepEqual(embeddingList(reply, attemptFor({ input: request.input })), {
      object: 'list',
      data: reply.embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      model: 'smollm2:135m',
      usage: { prompt_tokens: 2, total_tokens: 2 },
    })
  })

  test('in base64 has the same numbers', () => {
    const list = embeddingList(reply, attemptFor({ input: request.input, encoding_format: 'base64' }))
    const { data } = list as { readonly data: readonly { readonly embedding: string }[] }
    const bytes = Buffer.from(data[1]?.embedding ?? '', 'base64')
    assert.deepEqual(
      [0, 1, 2, 3].map((index) => bytes.readFloatLE(index * 4)),
      reply.embeddings[1]?.map(Math.fround),
    )
  })

  test('with fewer vectors than texts, or none, is no answer', () => {
    for (const broken of [
      {},
      { embeddings: 'x' },
      { embeddings: [] },
      { embeddings: [[1], ['x']] },
      { embeddings: [[1]] },
    ]) {
      assert.equal(embeddingList(broken as OllamaReply, attemptFor({ input: ['a', 'b'] })), undefined)
    }
  })
})

test('a recorded refusal of a text that does not fit is that, and the next candidate may have room', async () => {
  const refusal = ollamaRecording('embed-over-context-truncate-false')
  await using server = await startServer((_, response) => {
    response.writeHead(refusal.status, { 'content-type': refusal.contentType }).end(refusal.body)
  })
  await using connection = connectTo(server.url)
  const deps = { upstream: connection.upstream, settings, clock: systemClock, onViolation: () => {} }
  const provider = new OllamaProvider(localProvider(), deps)
  const attempt = attemptFor({ input: 'word '.repeat(100) })
  await assert.rejects(provider.embed(attempt, new Cancellation()), { kind: 'context_exceeded', fallback: true })
})

test('the usage of a recorded answer is its tokens', async () => {
  await using server = await startServer((_, response) => response.end(recorded.body))
  await using connection = connectTo(server.url)
  const deps = { upstream: connection.upstream, settings, clock: systemClock, onViolation: () => {} }
  const answer = await new OllamaProvider(localProvider(), deps).embed(
    attemptFor({ input: request.input }),
    new Cancellation(),
  )
  assert.deepEqual(answer.usage, usage(2, 0))
})
