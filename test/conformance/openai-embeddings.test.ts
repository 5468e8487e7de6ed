// OpenAI's own client asks for embeddings, from upstreams of both wires.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import OpenAI from 'openai'
import { startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'
import { costOf, openAIClient } from './openai-client.ts'

interface World extends AsyncDisposable {
  readonly name: 'openai' | 'ollama'
  readonly upstream: Upstream
  readonly gateway: RunningGateway
  readonly client: OpenAI
  readonly model: string
}

async function startWorld(name: World['name']): Promise<World> {
  const model = name === 'openai' ? 'text-embedding-3-small' : 'nomic-embed-text'
  const upstream = await (name === 'openai'
    ? startOpenAIUpstream({ models: ['gpt-4o', model], apiKey: 'sk-openai-test' })
    : startOllamaUpstream({ models: ['llama3.2:8b', model] }))
  const chat = name === 'openai' ? 'gpt-4o' : 'llama3.2:8b'
  const provider = (name === 'openai' ? openAIProvider : localOllama)(upstream, { models: [chat, model] })
  const gateway = await startGateway({ providers: { [name]: provider } })
  const close = async () => {
    await gateway.close()
    await upstream.close()
  }
  return { name, upstream, gateway, client: openAIClient(gateway), model, [Symbol.asyncDispose]: close }
}

function testEach(sentence: string, prove: (world: World) => Promise<void>): void {
  for (const name of ['openai', 'ollama'] as const) {
    test(`${sentence} [${name} wire]`, async () => {
      await using world = await startWorld(name)
      await prove(world)
    })
  }
}

/** Vectors as this machine makes them and as base64 carries them. */
const floats = (vector: readonly number[]) => vector.map((value) => Math.fround(value))
const bodyOf = (error: unknown) => (error instanceof OpenAI.APIError ? error : assert.fail(String(error)))

describe('embeddings', () => {
  testEach(
    'come as the client asks for them by default, in base64, and are the same as numbers',
    async ({ client, model, upstream }) => {
      const byDefault = await client.embeddings.create({ model, input: 'A text.' })
      assert.equal(upstream.journal.requests.at(-1)?.json?.model, model)
      const asNumbers = await client.embeddings.create({ model, input: 'A text.', encoding_format: 'float' })
      const [vector] = byDefault.data
      assert.ok((vector?.embedding.length ?? 0) > 100)
      assert.deepEqual(floats(vector?.embedding ?? []), floats(asNumbers.data[0]?.embedding ?? []))
      assert.deepEqual([byDefault.object, vector?.object, vector?.index], ['list', 'embedding', 0])
      assert.equal(byDefault.model, model)
    },
  )

  testEach('of many texts are in the order of the texts', async ({ client, model }) => {
    const input = ['first', 'second', 'first']
    const { data, usage } = await client.embeddings.create({ model, input })
    assert.deepEqual(
      data.map(({ index }) => index),
      [0, 1, 2],
    )
    assert.deepEqual(data[0]?.embedding, data[2]?.embedding)
    assert.notDeepEqual(data[0]?.embedding, data[1]?.embedding)
    assert.ok(usage.prompt_tokens > 0)
    assert.equal(usage.total_tokens, usage.prompt_tokens)
  })

  testEach('are as short as asked', async ({ client, model }) => {
    const { data } = await client.embeddings.create({ model, input: 'A text.', dimensions: 16 })
    assert.equal(data[0]?.embedding.length, 16)
  })

  testEach('need no model by name: the first that embeds is meant by auto', async ({ client, model, gateway }) => {
    const { data, response } = await client.embeddings.create({ model: 'auto', input: 'A text.' }).withResponse()
    assert.equal(data.model, model)
    assert.equal(response.headers.get('x-aegis-model'), model)
    const reply = await fetch(`${gateway.url}/embeddings`, {
      method: 'POST',
      body: JSON.stringify({ input: 'A text.' }),
    })
    assert.equal(reply.status, 200)
  })

  testEach('say what they cost', async ({ client, model, name, gateway }) => {
    const { data, response } = await client.embeddings.create({ model, input: 'A text.' }).withResponse()
    const cost = Number(response.headers.get('x-aegis-cost-usd'))
    assert.equal(costOf(data.usage), cost)
    // text-embedding-3-small costs $0.02 for a million tokens.
    assert.equal(cost, name === 'openai' ? (data.usage.prompt_tokens * 0.02) / 1e6 : 0)
    const {
      rows: [row],
    } = await gateway.aegis.gateway.proxy.ledger.usage({ limit: 1 })
    assert.deepEqual([row?.model, row?.inputTokens, row?.outputTokens], [model, data.usage.prompt_tokens, 0])
    assert.equal(row?.usageQuality, 'reported')
  })

  testEach('that are wrong are refused with the member at fault', async ({ client, model }) => {
    const wrong: readonly (readonly [object, string])[] = [
      [{ input: '' }, 'input'],
      [{ input: [] }, 'input'],
      [{ input: ['a', ''] }, 'input[1]'],
      [{ input: ['a', [1]] }, 'input[1]'],
      [{ input: { text: 'a' } }, 'input'],
      [{ input: 'a', dimensions: 0 }, 'dimensions'],
      [{ input: 'a', encoding_format: 'hex' }, 'encoding_format'],
    ]
    for (const [more, param] of wrong) {
      const request = { model, ...more } as OpenAI.EmbeddingCreateParams
      const error = bodyOf(await client.embeddings.create(request).catch((caught: unknown) => caught))
      assert.deepEqual([error.status, error.code, error.param], [400, 'invalid_request', param])
    }
  })

  testEach('of a model that only chats are refused by name', async ({ client, name }) => {
    const model = name === 'openai' ? 'gpt-4o-missing' : 'no-such-model'
    const error = bodyOf(await client.embeddings.create({ model, input: 'a' }).catch((caught: unknown) => caught))
    assert.equal(error.status, 404)
  })
})

test('token ids pass through to a server that takes them', async () => {
  await using world = await startWorld('openai')
  const ids = [[1, 2, 3], [4]]
  const { data, usage } = await world.client.embeddings.create({ model: world.model, input: ids })
  assert.equal(data.length, 2)
  assert.equal(usage.prompt_tokens, 4)
  assert.deepEqual(world.upstream.journal.requests.at(-1)?.json?.input, ids)
  const one = await world.client.embeddings.create({ model: world.model, input: [1, 2, 3] })
  assert.equal(one.data.length, 1)
})

test('token ids are refused where only texts are taken, and nothing is sent', async () => {
  await using world = await startWorld('ollama')
  const error = bodyOf(
    await world.client.embeddings.create({ model: world.model, input: [1, 2] }).catch((caught: unknown) => caught),
  )
  assert.deepEqual([error.status, error.code], [400, 'invalid_request'])
  assert.match(error.message, /takes texts and no token ids/)
  assert.equal(world.upstream.journal.requests.filter(({ path }) => path === '/api/embed').length, 0)
})

test("the bytes of a request are the caller's own on the same wire", async () => {
  await using world = await startWorld('openai')
  const text = `{ "model":"text-embedding-3-small", "input" : "\\u0041 text", "of_tomorrow":[1.0] }`
  const reply = await fetch(`${world.gateway.url}/v1/embeddings`, { method: 'POST', body: text })
  assert.equal(reply.status, 200)
  assert.equal(world.upstream.journal.requests.at(-1)?.rawBody?.toString(), text)
})

test('a text that does not fit is an error and never cut', async () => {
  await using upstream = await startOllamaUpstream({ models: [{ name: 'nomic-embed-text', contextLength: 512 }] })
  await using gateway = await startGateway({
    providers: { ollama: localOllama(upstream, { models: ['nomic-embed-text'] }) },
  })
  const client = openAIClient(gateway)
  const long = 'word '.repeat(2000)
  const error = bodyOf(
    await client.embeddings.create({ model: 'auto', input: ['short', long] }).catch((caught: unknown) => caught),
  )
  assert.deepEqual([error.status, error.code], [400, 'context_length_exceeded'])
  assert.equal(upstream.journal.requests.at(-1)?.json?.truncate, false)
})
