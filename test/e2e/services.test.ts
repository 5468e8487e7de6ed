// Proves that the services behind the AI SDK's packages are providers like any other: routed, priced, capped, private.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import {
  startAnthropicUpstream,
  startBedrockUpstream,
  startCohereUpstream,
  startGoogleUpstream,
  type Upstream,
} from '../../src/testing/index.ts'
import { type RunningGateway, startGateway } from '../make/gateway.ts'
import { startServer } from '../make/http-server.ts'
import { ask, errorOf } from './client.ts'
import { watchEgress } from './egress.ts'
import { temporaryFolder } from './world.ts'

type Entry = ConfigInput['providers'][string]

interface ServiceWorld extends AsyncDisposable {
  readonly gateway: RunningGateway
  chat(body?: object): ReturnType<typeof ask>
}

/** A gateway whose only provider is this one. */
async function startWith(name: string, entry: Entry, more: Partial<ConfigInput> = {}): Promise<ServiceWorld> {
  const gateway = await startGateway({ providers: { [name]: { location: 'cloud', ...entry } }, ...more })
  return {
    gateway,
    chat: (body = {}) => {
      const messages = [{ role: 'user', content: 'What is the capital of France?' }]
      return ask(`${gateway.url}/v1/chat/completions`, {
        model: `${name}/${entry.models[0]}`,
        messages,
        ...body,
      } as never)
    },
    [Symbol.asyncDispose]: () => gateway.close(),
  }
}

const anthropicEntry = ({ url }: Upstream): Entry => {
  return { kind: 'anthropic', base_url: url, api_key: 'key', models: ['claude-haiku-4-5'] }
}

describe('through the gateway', () => {
  test('each service answers, whole and streamed, with its cost by the public price list', async () => {
    await using anthropic = await startAnthropicUpstream({ apiKey: 'key' })
    await using google = await startGoogleUpstream({ apiKey: 'key' })
    await using cohere = await startCohereUpstream({ apiKey: 'key' })
    const keys = { accessKeyId: 'AKIA', secretAccessKey: 'secret' }
    await using bedrock = await startBedrockUpstream({ keys })
    const account = { access_key_id: 'AKIA', secret_access_key: 'secret', region: 'eu-central-1' }
    const entries: Readonly<Record<string, Entry>> = {
      anthropic: anthropicEntry(anthropic),
      google: { kind: 'google', base_url: google.url, api_key: 'key', models: ['gemini-3.5-flash-lite'] },
      cohere: { kind: 'cohere', base_url: cohere.url, api_key: 'key', models: ['command-a-03-2025'] },
      bedrock: { kind: 'bedrock', base_url: bedrock.url, ...account, models: ['amazon.nova-lite-v1:0'] },
    }
    const dollars = {
      anthropic: 1000 * 1 + 100 * 5,
      google: 1000 * 0.3 + 100 * 2.5,
      cohere: 1000 * 2.5 + 100 * 10,
      bedrock: 1000 * 0.06 + 100 * 0.24,
    }
    for (const [name, upstream] of Object.entries({ anthropic, google, cohere, bedrock })) {
      upstream.always({ text: 'Paris.', usage: { prompt_tokens: 1000, completion_tokens: 100 } })
      await using world = await startWith(name, entries[name] as Entry)
      const whole = await world.chat({ max_tokens: 200 })
      assert.equal(whole.status, 200, whole.text)
      assert.equal(whole.headers['x-aegis-provider'], name)
      const expected = dollars[name as keyof typeof dollars] / 1_000_000
      assert.equal(Number(whole.headers['x-aegis-cost-usd']), expected)
      assert.partialDeepStrictEqual(whole.json, {
        usage: { prompt_tokens: 1000, completion_tokens: 100, cost: expected },
      })
      const stream = await world.chat({ max_tokens: 200, stream: true, stream_options: { include_usage: true } })
      assert.match(stream.text, /data: \[DONE\]\n\n$/)
      assert.match(stream.text, new RegExp(`"cost":${String(expected).replace('.', '\\.')}`))
    }
  })

  test('tokens that are written into a cache cost what they cost', async () => {
    await using anthropic = await startAnthropicUpstream({ apiKey: 'key' })
    const prompt_tokens_details = { cached_tokens: 100, cache_write_tokens: 400 }
    anthropic.always({ usage: { prompt_tokens: 1000, completion_tokens: 10, prompt_tokens_details } })
    await using world = await startWith('anthropic', anthropicEntry(anthropic))
    const { headers } = await world.chat({ max_tokens: 50 })
    const cost = Number(headers['x-aegis-cost-usd']) * 1_000_000
    // Five minutes in the cache cost 1.25 times the input, an hour costs 2 times; which of them it was is not reported.
    const others = 500 * 1 + 100 * 0.1 + 10 * 5
    assert.ok(cost >= others + 400 * 1.25 && cost <= others + 400 * 2, String(cost))
  })

  test('a small budget makes a small answer, and an empty one none', async () => {
    await using anthropic = await startAnthropicUpstream({ apiKey: 'key' })
    const budgets = { monthly_limits: { anthropic: 0.01 }, min_output_tokens: 200 }
    await using world = await startWith('anthropic', anthropicEntry(anthropic), { budgets })
    assert.equal((await world.chat({ reasoning_effort: 'high' })).status, 200)
    const sent = anthropic.journal.requests[0]?.json as { max_tokens: number }
    // A cent buys 2,000 tokens of output.
    assert.ok(sent.max_tokens >= 200 && sent.max_tokens < 2000, String(sent.max_tokens))
    anthropic.always({ usage: { prompt_tokens: 10, completion_tokens: 1900 } })
    await world.chat()
    const refused = await world.chat()
    assert.equal(refused.status, 402, refused.text)
    assert.equal(errorOf(refused).code, 'budget_exceeded')
  })

  test('restricted data opens no connection to any of them', async () => {
    await using anthropic = await startAnthropicUpstream({ apiKey: 'key' })
    using egress = watchEgress()
    await using world = await startWith('anthropic', anthropicEntry(anthropic))
    for (const stream of [false, true]) {
      for (const data_classification of ['confidential', 'pii', 'hipaa']) {
        const reply = await world.chat({ stream, aegis: { data_classification } })
        assert.equal(reply.status, 503, reply.text)
      }
    }
    assert.equal(egress.reached(anthropic.port), false)
    assert.equal(anthropic.journal.connections.length, 0)
  })

  test('a request that Anthropic does not accept comes back in OpenAI’s envelope with its status', async () => {
    await using anthropic = await startAnthropicUpstream({ apiKey: 'key' })
    const error = { type: 'invalid_request_error', message: 'temperature: range 0..1' }
    anthropic.always({ status: 400, errorBody: { type: 'error', error } })
    await using world = await startWith('anthropic', anthropicEntry(anthropic))
    const reply = await world.chat()
    assert.equal(reply.status, 400)
    assert.partialDeepStrictEqual(errorOf(reply), { message: 'temperature: range 0..1', source: 'provider' })
  })

  test('a limit of theirs is passed on with the time to wait', async () => {
    await using anthropic = await startAnthropicUpstream({ apiKey: 'key' })
    anthropic.always({ status: 429, headers: { 'retry-after': '17' } })
    await using world = await startWith('anthropic', anthropicEntry(anthropic))
    const reply = await world.chat()
    assert.deepEqual([reply.status, reply.headers['retry-after']], [429, '17'])
    assert.equal(anthropic.journal.requests.length, 1)
  })

  test('only the configured address is reached, whatever the environment says', async () => {
    await using anthropic = await startAnthropicUpstream({ apiKey: 'key' })
    await using elsewhere = await startServer((_, response) => response.end('{}'))
    const set = {
      ANTHROPIC_BASE_URL: elsewhere.url,
      ANTHROPIC_API_KEY: 'of the environment',
      HTTP_PROXY: elsewhere.url,
      HTTPS_PROXY: elsewhere.url,
      NODE_USE_ENV_PROXY: '1',
    }
    Object.assign(process.env, set)
    try {
      using egress = watchEgress()
      await using world = await startWith('anthropic', anthropicEntry(anthropic))
      assert.equal((await world.chat()).status, 200)
      assert.equal(anthropic.journal.requests[0]?.headers['x-api-key'], 'key')
      assert.equal(egress.reached(elsewhere.port), false)
      assert.equal(elsewhere.accepted, 0)
    } finally {
      for (const name of Object.keys(set)) delete process.env[name]
    }
  })
})

test('Vertex AI takes its tokens by a credentials file, through the same transport', async () => {
  using folder = temporaryFolder()
  const path = '/v1beta1/projects/p/locations/europe-west4'
  await using vertex = await startGoogleUpstream({ apiKey: 'token', vertexPath: path })
  await using tokens = await startServer((_, response) => response.end('{"access_token":"token","expires_in":3600}'))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const credentials_file = join(folder.path, 'credentials.json')
  const credentials = { type: 'service_account', client_email: 'a@b', private_key, token_uri: `${tokens.url}/token` }
  writeFileSync(credentials_file, JSON.stringify(credentials))
  const entry: Entry = {
    kind: 'vertex',
    base_url: vertex.url + path,
    credentials_file,
    models: ['gemini-3.5-flash-lite'],
  }
  await using world = await startWith('vertex', entry)
  for (let index = 0; index < 2; index += 1) assert.equal((await world.chat()).status, 200)
  assert.deepEqual([vertex.journal.requests.length, tokens.accepted], [2, 1])
})
