// Shows over HTTP that embeddings obey privacy and budgets as chats do, and that a client who leaves frees the server.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import { startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'

const CANARY = 'canary-7f3a-patient'

interface World extends AsyncDisposable {
  readonly local: Upstream
  readonly openai: Upstream
  readonly gateway: RunningGateway
}

async function startWorld(more: Partial<ConfigInput> = {}): Promise<World> {
  const local = await startOllamaUpstream({
    models: ['llama3.2:8b', 'nomic-embed-text', { name: 'looks-local-embed', remoteHost: 'https://ollama.com:443' }],
  })
  const openai = await startOpenAIUpstream({ apiKey: 'sk-openai-test' })
  const gateway = await startGateway({
    providers: {
      local: localOllama(local, { models: ['llama3.2:8b', 'nomic-embed-text'] }),
      openai: openAIProvider(openai, { models: ['gpt-4o', 'text-embedding-3-small'] }),
    },
    ...more,
  })
  const close = async () => {
    await gateway.close()
    await Promise.all([local.close(), openai.close()])
  }
  return { local, openai, gateway, [Symbol.asyncDispose]: close }
}

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly code: string | undefined
  readonly text: string
}

async function embed({ gateway }: World, body: object, headers: Record<string, string> = {}): Promise<Reply> {
  const reply = await fetch(`${gateway.url}/v1/embeddings`, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await reply.text()
  const { error } = JSON.parse(text) as { readonly error?: { readonly code?: string } }
  return { status: reply.status, headers: reply.headers, code: error?.code, text }
}

describe('a restricted text', () => {
  const hints: readonly (readonly [string, object, Record<string, string>])[] = [
    ['in the body', { aegis: { data_classification: 'pii' } }, {}],
    ['in a header', {}, { 'x-aegis-data-classification': 'hipaa' }],
    [
      'in both, the stricter one counts',
      { aegis: { data_classification: 'public' } },
      { 'x-aegis-data-classification': 'pii' },
    ],
  ]
  for (const model of ['auto', 'text-embedding-3-small', 'openai/text-embedding-3-small', 'auto:cloud']) {
    for (const [where, body, headers] of hints) {
      test(`never leaves this machine, asked for ${model}, declared ${where}`, async () => {
        await using world = await startWorld()
        const reply = await embed(world, { model, input: ['x', CANARY], ...body }, headers)
        assert.equal(reply.status, 200)
        assert.deepEqual(
          ['x-aegis-location', 'x-aegis-model'].map((name) => reply.headers.get(name)),
          ['local', 'nomic-embed-text'],
        )
        assert.equal(world.openai.journal.allBytes().includes(CANARY), false)
        assert.ok(world.local.journal.allBytes().includes(CANARY))
        assert.equal(JSON.stringify(world.gateway.log).includes(CANARY), false)
      })
    }
  }

  test('waits for the local provider and goes nowhere else while that is down', async () => {
    await using world = await startWorld()
    await world.local.stopListening()
    const reply = await embed(world, { model: 'auto', input: CANARY, aegis: { data_classification: 'pii' } })
    assert.deepEqual([reply.status, reply.code], [503, 'local_unavailable_for_restricted_data'])
    assert.ok(reply.headers.get('retry-after'))
    assert.equal(world.openai.journal.allBytes().includes(CANARY), false)
  })

  test('is not embedded by a local model that its server forwards', async () => {
    await using world = await startWorld()
    const body = { model: 'local/looks-local-embed', input: CANARY, aegis: { data_classification: 'pii' } }
    const reply = await embed(world, body)
    assert.equal(reply.status === 200 && reply.headers.get('x-aegis-model') === 'looks-local-embed', false)
    assert.deepEqual(
      world.local.journal.requests.filter(({ forwardedTo }) => forwardedTo !== undefined),
      [],
    )
  })

  test('is refused where the operator wants that for cloud models by name', async () => {
    await using world = await startWorld({ privacy: { on_explicit_cloud_model: 'reject' } })
    const body = { model: 'text-embedding-3-small', input: CANARY, aegis: { data_classification: 'pii' } }
    const reply = await embed(world, body)
    assert.deepEqual([reply.status, reply.code], [400, 'invalid_request'])
    assert.equal(reply.text.includes(CANARY), false)
    assert.equal(world.local.journal.allBytes().includes(CANARY), false)
  })
})

test('fifty at once never spend over the limit, and nothing stays reserved', async () => {
  // Each is held at a token a byte, some 520 at $0.02 a million, so that nine fit at once.
  await using world = await startWorld({ budgets: { monthly_limits: { openai: 0.0001 } } })
  const body = { model: 'text-embedding-3-small', input: 'word '.repeat(80) }
  const replies = await Promise.all(Array.from({ length: 50 }, () => embed(world, body)))
  const answered = replies.filter(({ status }) => status === 200).length
  assert.ok(answered > 0 && answered < 50, `${answered} were answered`)
  assert.ok(replies.every(({ status, code }) => status === 200 || (status === 402 && code === 'budget_exceeded')))
  const [budget] = await world.gateway.aegis.gateway.proxy.ledger.budgets()
  assert.equal(budget?.reserved, 0)
  assert.ok((budget?.spent ?? 0) <= (budget?.limit ?? 0))
  const billed = world.openai.journal.requests.reduce((sum, one) => sum + (one.billed?.inputTokens ?? 0), 0)
  assert.equal(budget?.spent, billed * 20)
})

test('a client that leaves frees the server', async () => {
  await using world = await startWorld()
  world.local.next({ hang: 'before_headers' })
  const stopper = new AbortController()
  const running = fetch(`${world.gateway.url}/v1/embeddings`, {
    method: 'POST',
    body: JSON.stringify({ input: 'A text.' }),
    signal: stopper.signal,
  }).catch(() => undefined)
  await world.local.journal.waitFor(({ path }) => path === '/api/embed', 15_000)
  stopper.abort()
  await running
  await world.local.journal.waitFor(({ ended }) => ended === 'client_closed', 15_000)
})

test('a provider whose wire has no embeddings is passed over, and is never sent one as a chat', async () => {
  await using world = await startWorld()
  const provider = world.gateway.aegis.providers.get('openai')
  assert.ok(provider)
  Object.defineProperty(provider, 'embed', { value: undefined })
  const reply = await embed(world, { model: 'text-embedding-3-small', input: 'A text.' })
  assert.deepEqual([reply.status, reply.code], [400, 'invalid_request'])
  assert.match(reply.text, /openai does not embed/)
  assert.equal(world.openai.journal.requests.length, 0)
})

test('a text under a key that only some servers read is refused', async () => {
  await using world = await startWorld()
  const reply = await embed(world, { model: 'auto', input: 'A text.', INPUT: CANARY })
  assert.deepEqual([reply.status, reply.code], [400, 'invalid_request'])
})
