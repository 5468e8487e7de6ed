// Proves the client of a gateway where it differs from a proxy in process: addresses, keys, deadlines, foreign answers, broken streams.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayClient } from '../../src/client/gateway-client.ts'
import { AegisError } from '../../src/index.ts'
import { refusingPort } from '../../src/testing/index.ts'
import { startConnected } from '../make/connection.ts'
import { startGateway } from '../make/gateway.ts'
import { startServer } from '../make/http-server.ts'

const task = { prompt: 'secret-canary' }

async function failure(promise: Promise<unknown>): Promise<AegisError> {
  const error = await promise.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AegisError, String(error))
  return error
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

async function startGatewayWorld() {
  const world = await startConnected('a gateway')
  const { baseURL } = world.connection as { readonly baseURL: string }
  return { ...world, baseURL }
}

describe('the client of a gateway', () => {
  for (const suffix of ['', '/', '/v1', '/v1/']) {
    test(`takes an address that ends in ${suffix === '' ? 'its port' : suffix}`, async () => {
      await using world = await startGatewayWorld()
      const answer = await new GatewayClient({ baseURL: world.baseURL + suffix }).generate(task)
      assert.deepEqual([answer.provider, answer.location, answer.attempts], ['local', 'local', 1])
    })
  }

  test('tells the same of an answer as a proxy in process, stream or not', async () => {
    await using world = await startGatewayWorld()
    const client = new GatewayClient({ baseURL: world.baseURL })
    const critical = {
      ...task,
      qualityRequirement: 'critical',
      complexity: 'high',
      dataClassification: 'public',
    } as const
    const whole = await client.generate(critical)
    const events = []
    for await (const event of client.stream(critical)) events.push(event)
    const last = events.at(-1)
    assert.ok(last?.type === 'done')
    assert.deepEqual({ ...last.answer, requestId: '' }, { ...whole, requestId: '' })
    assert.ok((whole.costUsd ?? 0) > 0 && (whole.usage?.outputTokens ?? 0) > 0)
  })

  test('sends its key and headers, and a wrong key is an error of its own', async () => {
    await using gateway = await startGateway({
      providers: { openai: { api_key: 'sk-test', models: ['gpt-4o'] } },
      auth: { master_key: 'a-master-key-of-enough-length' },
    })
    const error = await failure(new GatewayClient({ baseURL: gateway.url, apiKey: 'sk-aegis-no-key' }).generate(task))
    assert.deepEqual([error.code, error.status], ['invalid_key', 401])
    const allowed = new GatewayClient({ baseURL: gateway.url, apiKey: 'a-master-key-of-enough-length' })
    const past = await failure(allowed.generate({ ...task, dataClassification: 'hipaa' }))
    assert.notEqual(past.code, 'invalid_key')
  })

  test('uses the fetch that it is given', async () => {
    await using world = await startGatewayWorld()
    const asked: string[] = []
    const fetch: typeof globalThis.fetch = (input, init) => {
      asked.push(String(input))
      return globalThis.fetch(input, init)
    }
    await new GatewayClient({ baseURL: world.baseURL, fetch }).generate(task)
    assert.deepEqual(asked, [`${world.baseURL}/v1/chat/completions`])
  })

  test('says of a gateway that is not there that it could not be reached', async () => {
    await using nobody = await refusingPort()
    const error = await failure(new GatewayClient({ baseURL: nobody.url }).generate(task))
    assert.deepEqual([error.code, error.status], ['upstream_unreachable', 502])
  })

  test('ends by the deadline of its task, also in the middle of a stream', async () => {
    await using world = await startGatewayWorld()
    const client = new GatewayClient({ baseURL: world.baseURL })
    world.local.next({ hang: 'before_headers' }, { chunks: ['a', 'b', 'c'], hang: 'mid_stream' })
    assert.equal((await failure(client.generate({ ...task, timeoutMs: 200 }))).code, 'upstream_timeout')
    assert.equal((await failure(drain(client.stream({ ...task, timeoutMs: 500 })))).code, 'upstream_timeout')
  })

  test('checks a task before it is sent, as the library does', async () => {
    const client = new GatewayClient({ baseURL: 'http://127.0.0.1:1' })
    const wrong = { ...task, batchSize: 0 }
    assert.deepEqual((await failure(client.generate(wrong))).param, 'batchSize')
    assert.deepEqual((await failure(client.embed({ input: '' }))).param, 'input')
  })

  test('keeps what another member says of a provider’s own error', async () => {
    await using world = await startGatewayWorld()
    world.openai.next({
      status: 400,
      errorBody: { error: { message: 'No such voice.', code: 'bad_voice', param: 'voice' } },
    })
    const error = await failure(
      new GatewayClient({ baseURL: world.baseURL }).generate({
        ...task,
        model: 'gpt-4o',
        dataClassification: 'public',
      }),
    )
    assert.deepEqual(
      [error.code, error.status, error.param, error.source],
      ['invalid_request', 400, 'voice', 'provider'],
    )
  })
})

describe('whoever answers in a gateway’s place', () => {
  const foreign = (status: number, body: string, type = 'application/json') =>
    startServer((_, response) => void response.writeHead(status, { 'content-type': type }).end(body))

  test('with an answer that names no provider is not believed', async () => {
    await using server = await foreign(200, '{"choices":[{"message":{"content":"hello"}}]}')
    const error = await failure(new GatewayClient({ baseURL: server.url }).generate(task))
    assert.match(error.message, /not from an Aegis gateway/)
  })

  test('with a page is an error that has its status and no word of the page', async () => {
    await using server = await foreign(404, '<html>secret-canary</html>', 'text/html')
    const error = await failure(new GatewayClient({ baseURL: server.url }).generate(task))
    assert.deepEqual([error.code, error.status], ['not_found', 404])
    assert.doesNotMatch(error.message, /canary/)
  })

  test('with a stream that ends without its end is an answer that broke off', async () => {
    await using server = await foreign(200, 'data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n', 'text/event-stream')
    const error = await failure(drain(new GatewayClient({ baseURL: server.url }).stream(task)))
    assert.match(error.message, /broke off/)
  })
})
