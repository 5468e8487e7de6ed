// Several keys of one provider take turns, and a key at fault is replaced within the request that found it.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { startOpenAIUpstream } from '../../src/testing/index.ts'
import { openAIProvider, type ProviderInput, type RunningGateway, startGateway } from '../make/gateway.ts'
import { HandClock } from '../make/hand-clock.ts'
import { ask, errorOf, member, type Reply } from './client.ts'

const keys = ['sk-first-secret', 'sk-second-secret', 'sk-third-secret'] as const

interface KeyedServer extends AsyncDisposable {
  readonly url: string
  /** The keys that came, in their order. */
  readonly seen: string[]
  /** What a key meets; without an entry it is answered. */
  readonly faults: Map<string, (response: ServerResponse) => void>
}

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Bern.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
}

async function startKeyedServer(): Promise<KeyedServer> {
  const seen: string[] = []
  const faults = new Map<string, (response: ServerResponse) => void>()
  const server = createServer((request: IncomingMessage, response) => {
    const key = request.headers.authorization?.replace('Bearer ', '') ?? 'none'
    request.resume().on('end', () => {
      seen.push(key)
      const fault = faults.get(key)
      if (fault) fault(response)
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, seen, faults, [Symbol.asyncDispose]: close }
}

async function gatewayBefore(server: KeyedServer, clock: HandClock): Promise<RunningGateway> {
  const openai: ProviderInput = {
    kind: 'openai',
    location: 'cloud',
    base_url: `${server.url}/v1`,
    api_keys: [...keys],
    models: ['gpt-4o'],
  }
  return startGateway(
    { providers: { openai }, budgets: { monthly_limits: { openai: 100 } } },
    { clock, timers: clock, random: () => 0.5 },
  )
}

const chat = ({ url }: RunningGateway): Promise<Reply> =>
  ask(`${url}/v1/chat/completions`, { model: 'gpt-4o', messages: [{ role: 'user', content: 'The capital?' }] })

const refused =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{"error":{"message":"no"}}')
  }

describe('several keys of a provider', { concurrency: true }, () => {
  test('take turns', async () => {
    await using server = await startKeyedServer()
    await using gateway = await gatewayBefore(server, new HandClock())
    for (let time = 0; time < 4; time += 1) assert.equal((await chat(gateway)).status, 200)
    assert.deepEqual(server.seen, [...keys, keys[0]])
  })

  test('replace one that is over its rate at once, and let it rest for as long as it was told', async () => {
    const clock = new HandClock()
    await using server = await startKeyedServer()
    await using gateway = await gatewayBefore(server, clock)
    server.faults.set(keys[0], refused(429, { 'retry-after': '30' }))
    const reply = await chat(gateway)
    assert.equal(reply.status, 200)
    assert.equal(reply.headers['x-aegis-attempts'], '2')
    server.faults.clear()
    for (let time = 0; time < 3; time += 1) await chat(gateway)
    assert.deepEqual(server.seen, [keys[0], keys[1], keys[2], keys[1], keys[2]])
    clock.advance(30_000)
    await chat(gateway)
    assert.equal(server.seen.at(-1), keys[0])
  })

  test('replace one that is refused for good, say so, and name no key in the log or in an error', async () => {
    const clock = new HandClock()
    await using server = await startKeyedServer()
    await using gateway = await gatewayBefore(server, clock)
    server.faults.set(keys[0], refused(401))
    assert.equal((await chat(gateway)).status, 200)
    server.faults.clear()
    clock.advance(3_600_000)
    for (let time = 0; time < 4; time += 1) await chat(gateway)
    assert.equal(server.seen.filter((key) => key === keys[0]).length, 1)
    const lines = gateway.log.filter(({ event }) => event === 'provider_key_refused')
    assert.deepEqual(
      lines.map(({ level, fields }) => [level, fields]),
      [['error', { provider: 'openai', key: 1 }]],
    )
    for (const key of keys) server.faults.set(key, refused(401))
    const replies = [await chat(gateway), await chat(gateway), await chat(gateway)]
    assert.deepEqual(
      replies.map(({ status }) => status),
      [502, 502, 502],
    )
    const shown = JSON.stringify([gateway.log, replies.map(({ text }) => text), gateway.aegis.config])
    for (const key of keys) assert.ok(!shown.includes(key))
    assert.equal(
      server.seen.filter((key) => key === keys[1]).length + server.seen.filter((key) => key === keys[2]).length,
      7,
    )
  })

  test('are all at rest when each is over its rate: 429 with the time until the first one is ready', async () => {
    const clock = new HandClock()
    await using server = await startKeyedServer()
    await using gateway = await gatewayBefore(server, clock)
    const rests = [20, 40, 60]
    for (const [index, key] of keys.entries())
      server.faults.set(key, refused(429, { 'retry-after': `${rests[index]}` }))
    // One other key for each request, so that attempts are left for other candidates.
    await chat(gateway)
    const last = await chat(gateway)
    assert.deepEqual([last.status, last.headers['retry-after']], [429, '20'])
    const next = await chat(gateway)
    assert.deepEqual([next.status, next.headers['retry-after'], errorOf(next).code], [429, '20', 'rate_limited'])
    assert.equal(server.seen.length, 3, 'nobody is asked while all rest')
    server.faults.clear()
    clock.advance(20_000)
    assert.equal((await chat(gateway)).status, 200)
    assert.equal(server.seen.at(-1), keys[0])
  })
})

test('a single key is never taken out of use', async () => {
  await using upstream = await startOpenAIUpstream()
  const providers = { openai: openAIProvider(upstream, { models: ['gpt-4o'] }) }
  await using gateway = await startGateway({ providers, budgets: { monthly_limits: { openai: 100 } } })
  upstream.next({ status: 401 })
  assert.equal((await chat(gateway)).status, 502)
  const reply = await chat(gateway)
  assert.equal(reply.status, 200)
  assert.equal(typeof member(reply, 'choices.0.message.content'), 'string')
})
