// A prompt that fits nowhere, over HTTP: told before anything is sent, with the window and the count.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { localOllama, startGateway } from '../make/gateway.ts'

interface ErrorJson {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly param: string
    readonly context_tokens: number
    readonly prompt_tokens: number
  }
}

const prompt = (words: number) => ({ model: 'auto', messages: [{ role: 'user', content: 'word '.repeat(words) }] })

async function post(url: string, body: object) {
  const reply = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  return { reply, json: (await reply.json()) as ErrorJson }
}

test('goes to the next candidate with a larger window, and is refused by name where none has one', async () => {
  await using local = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  await using other = await startOpenAIUpstream()
  await using gateway = await startGateway({
    providers: {
      local: localOllama(local, { max_context_tokens: 4096 }),
      larger: { base_url: `${other.url}/v1`, models: [{ name: 'long', context_tokens: 10_000 }] },
    },
  })
  const chat = `${gateway.url}/v1/chat/completions`
  const { reply } = await post(chat, prompt(6000))
  assert.deepEqual([reply.status, reply.headers.get('x-aegis-provider')], [200, 'larger'])
  assert.equal(local.journal.requests.length, 0)

  const { reply: refused, json } = await post(chat, prompt(20_000))
  assert.equal(refused.status, 400)
  const { code, param, context_tokens, prompt_tokens, message } = json.error
  assert.deepEqual([code, param, context_tokens], ['context_length_exceeded', 'messages', 10_000])
  assert.ok(prompt_tokens >= 20_000)
  assert.match(message, /at least 2\d{4} tokens, .* has 10000 \(long at larger\)/)
  assert.equal(other.journal.requests.length, 1)
})

test("is told in Ollama's envelope to a client of Ollama", async () => {
  await using local = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  await using gateway = await startGateway({ providers: { local: localOllama(local, { max_context_tokens: 4096 }) } })
  const reply = await fetch(`${gateway.url}/api/chat`, { method: 'POST', body: JSON.stringify(prompt(9000)) })
  const json = (await reply.json()) as { readonly error: string; readonly code: string }
  assert.equal(reply.status, 400)
  assert.equal(json.code, 'context_length_exceeded')
  assert.match(json.error, /largest context window/)
})

test('is explained: the candidate that is left out, and why', async () => {
  await using local = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  await using gateway = await startGateway({ providers: { local: localOllama(local, { max_context_tokens: 4096 }) } })
  const { json } = await post(`${gateway.url}/v1/explain`, prompt(9000))
  const { excluded } = json as unknown as { excluded: { cause: string; context_tokens: number }[] }
  assert.deepEqual(
    excluded.map(({ cause, context_tokens }) => [cause, context_tokens]),
    [['context_too_small', 4096]],
  )
  const embedding = await post(`${gateway.url}/v1/explain`, { model: 'llama3.2:8b', input: 'A text.' })
  assert.equal(embedding.reply.status, 200)
})
