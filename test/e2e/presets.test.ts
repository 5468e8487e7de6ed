// Shows through a whole gateway what a preset does to a request: the key's header, the output cap, the proof of locality.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { startGateway } from '../make/gateway.ts'

const messages = [{ role: 'user', content: 'Hello' }]

async function ask(gateway: { readonly url: string }, body: object) {
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'auto', messages, ...body }),
  })
  const answer = (await reply.json()) as { readonly error?: { readonly code: string; readonly message: string } }
  return { reply, answer }
}

test("Azure's key travels in its own header and in no other", async () => {
  await using upstream = await startOpenAIUpstream()
  const azure = { kind: 'azure_openai', base_url: `${upstream.url}/v1`, api_key: 'sk-azure', models: ['gpt-4o'] }
  await using gateway = await startGateway({ providers: { azure }, pricing: { azure: { '*': { free: true } } } })
  const { reply } = await ask(gateway, {})
  assert.equal(reply.status, 200)
  const { headers } = upstream.journal.requests.at(-1) ?? {}
  assert.equal(headers?.['api-key'], 'sk-azure')
  assert.equal(headers?.authorization, undefined)
})

test('what one provider refuses goes to the next, and is said where none is left', async () => {
  await using strict = await startOpenAIUpstream({ label: 'strict' })
  await using plain = await startOpenAIUpstream({ label: 'plain' })
  const models = ['m']
  const groq = { kind: 'groq', base_url: `${strict.url}/v1`, api_key: 'k', models }
  const other = { base_url: `${plain.url}/v1`, models }
  const routing = { default_provider: 'groq', fallback: ['groq', 'other'] }
  await using both = await startGateway({ providers: { groq, other }, routing })
  const { reply } = await ask(both, { logit_bias: { '5': 1 } })
  assert.equal(reply.headers.get('x-aegis-provider'), 'other')
  assert.equal(strict.journal.requests.length, 0)
  await using alone = await startGateway({ providers: { groq } })
  const { reply: refused, answer } = await ask(alone, { logit_bias: { '5': 1 } })
  assert.equal(refused.status, 400)
  assert.match(answer.error?.message ?? '', /groq does not take logit_bias/)
})

describe('Ollama by its /v1', () => {
  const models = ['llama3.2:8b', { name: 'looks-local', remoteHost: 'https://ollama.com:443' }]
  const provider = (url: string) => ({
    kind: 'ollama_v1',
    base_url: `${url}/v1`,
    models: ['llama3.2:8b', 'looks-local'],
  })

  test('keeps the output cap of a caller who uses the name that it ignores', async () => {
    await using upstream = await startOllamaUpstream({ models })
    await using gateway = await startGateway({ providers: { home: provider(upstream.url) } })
    const { reply, answer } = await ask(gateway, { max_completion_tokens: 3 })
    assert.equal(reply.status, 200)
    const sent = upstream.journal.requests.at(-1)?.json
    assert.equal(sent?.max_tokens, 3)
    assert.equal(sent?.max_completion_tokens, undefined)
    assert.equal((answer as { usage?: { completion_tokens?: number } }).usage?.completion_tokens, 3)
  })

  test('gets restricted data for a model that is proven to run there, under a name that is never forwarded', async () => {
    await using upstream = await startOllamaUpstream({ models })
    await using gateway = await startGateway({ providers: { home: provider(upstream.url) } })
    const { reply } = await ask(gateway, { aegis: { data_classification: 'pii' } })
    assert.equal(reply.status, 200)
    assert.equal(reply.headers.get('x-aegis-location'), 'local')
    assert.equal(upstream.journal.requests.at(-1)?.json?.model, 'llama3.2:8b:local')
  })

  test('gets no restricted data for a model that it forwards', async () => {
    await using upstream = await startOllamaUpstream({ models })
    await using gateway = await startGateway({
      providers: { home: { ...provider(upstream.url), models: ['looks-local'] } },
    })
    const { reply } = await ask(gateway, { aegis: { data_classification: 'pii' } })
    assert.equal(reply.ok, false)
    assert.deepEqual(
      upstream.journal.requests.filter(({ path }) => path.startsWith('/v1/chat')),
      [],
    )
    // The same model may answer what is not restricted.
    const { reply: open } = await ask(gateway, { aegis: { data_classification: 'public' } })
    assert.equal(open.status, 200)
  })
})
