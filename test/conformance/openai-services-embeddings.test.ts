// Proves that OpenAI's own client gets embeddings from services that do not speak OpenAI's wire, and that they are charged.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import type { ConfigInput } from '../../src/config/schema.ts'
import {
  startBedrockUpstream,
  startCohereUpstream,
  startGoogleUpstream,
  type Upstream,
} from '../../src/testing/index.ts'
import { startGateway } from '../make/gateway.ts'
import { openAIClient } from './openai-client.ts'

interface Service {
  readonly start: () => Promise<Upstream>
  readonly entry: ConfigInput['providers'][string]
  /** Its answers say how many tokens were embedded. */
  readonly counts: boolean
}

const apiKey = 'key'
const services: Readonly<Record<string, Service>> = {
  google: {
    start: () => startGoogleUpstream({ apiKey }),
    entry: { kind: 'google', models: ['gemini-3.5-flash-lite', 'gemini-embedding-001'] },
    counts: false,
  },
  bedrock: {
    start: () => startBedrockUpstream({ apiKey }),
    entry: { kind: 'bedrock', region: 'eu-central-1', models: ['amazon.titan-embed-text-v2:0'] },
    counts: true,
  },
  cohere: {
    start: () => startCohereUpstream({ apiKey }),
    entry: { kind: 'cohere', models: ['command-a-03-2025', 'embed-v4.0'] },
    counts: true,
  },
}

for (const [name, { start, entry, counts }] of Object.entries(services)) {
  test(`${name} embeds for OpenAI’s client, in its order and either encoding, and is charged`, async () => {
    await using upstream = await start()
    const providers = { [name]: { ...entry, base_url: upstream.url, api_key: apiKey } }
    const pricing = { [name]: { '*': { input_per_million: 1, output_per_million: 0 } } }
    await using gateway = await startGateway({ providers, pricing })
    const { embeddings } = openAIClient(gateway)
    const model = entry.models.at(-1) as string
    const input = ['The sky is blue.', 'The grass is green.']
    const encoded = await embeddings.create({ model, input })
    const { data: plain, response } = await embeddings.create({ model, input, encoding_format: 'float' }).withResponse()
    const floats = (list: OpenAI.CreateEmbeddingResponse) =>
      list.data.map(({ embedding }) => embedding.map((value) => Math.fround(value)))
    assert.deepEqual(floats(encoded), floats(plain))
    assert.deepEqual(
      plain.data.map(({ index }) => index),
      [0, 1],
    )
    assert.ok(Number(response.headers.get('x-aegis-cost-usd')) > 0)
    const { rows } = await gateway.aegis.gateway.proxy.ledger.usage({ limit: 10 })
    const quality = counts ? 'reported' : 'estimated'
    assert.deepEqual(
      rows.map(({ usageQuality, cost }) => [usageQuality, cost > 0]),
      [
        [quality, true],
        [quality, true],
      ],
    )
    assert.equal('usage' in plain, counts)
  })

  test(`${name} gives its refusals of an embedding the client’s error class`, async () => {
    await using upstream = await start()
    const providers = { [name]: { ...entry, base_url: upstream.url, api_key: apiKey } }
    await using gateway = await startGateway({ providers, pricing: { [name]: { '*': { free: true } } } })
    upstream.next({ status: 400 }, { status: 429, headers: { 'retry-after': '7' } })
    const { embeddings } = openAIClient(gateway)
    const asked = { model: entry.models.at(-1) as string, input: 'A text.' }
    await assert.rejects(embeddings.create(asked), OpenAI.BadRequestError)
    await assert.rejects(embeddings.create(asked), OpenAI.RateLimitError)
  })
}
