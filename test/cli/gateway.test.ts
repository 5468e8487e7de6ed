// Commands that work through a running gateway: `ask`, `explain`, `sandbox`, `budget list --url`.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import { assertClean, jsonOf, type RunningGateway, Workplace } from './aegis-process.ts'
import { critical, startThreeProviders, type ThreeProviders } from './three-providers.ts'

const KEY = 'sk-aegis-test-0123456789abcdef'
const PROMPT = 'the unmistakable words of a prompt'

describe('aegis through a gateway with a master key', () => {
  let upstreams: ThreeProviders
  let place: Workplace
  let gateway: RunningGateway
  before(async () => {
    upstreams = await startThreeProviders()
    place = new Workplace()
    const config: ConfigInput = { ...upstreams.config, auth: { master_key: KEY } }
    gateway = await place.serve(['--config', place.write('gateway.yml', config)])
    // As if the gateway had the port that its file says: commands that find this file find the gateway.
    const port = Number(new URL(gateway.url).port)
    place.write('aegis.yml', { ...config, server: { port } })
  })
  beforeEach(() => {
    for (const upstream of [upstreams.local, upstreams.cloud, upstreams.openai]) upstream.reset()
  })
  after(async () => {
    await place[Symbol.asyncDispose]()
    await upstreams[Symbol.asyncDispose]()
  })

  test('a gateway that answers at the configured address is used, with the configured key', async () => {
    upstreams.openai.next({ chunks: ['Forty', '-two.'] })
    const ended = await place.run(['ask', PROMPT, ...critical])
    assert.equal(ended.code, 0, ended.stderr)
    assert.equal(ended.stdout, 'Forty-two.\n')
    assert.match(ended.stderr, new RegExp(`^openai/gpt-4o · cloud · critical_quality · .* · via ${gateway.url}$`, 'm'))
    assertClean(ended)
  })

  test('the hints travel, and --json has the same members as in process', async () => {
    upstreams.local.next({ text: 'Hi', usage: { prompt_tokens: 7, completion_tokens: 3 } })
    const words = ['--classification', 'pii', ...critical, '--batch-size', '20', '--max-tokens', '9', '--json']
    const ended = await place.run(['ask', PROMPT, ...words])
    const answer = jsonOf<Readonly<Record<string, unknown>>>(ended)
    assert.deepEqual(
      { ...answer, request_id: '' },
      {
        text: 'Hi',
        provider: 'local_ollama',
        model: 'llama3.2:8b',
        location: 'local',
        reason: 'sensitive_data_local_only',
        classification: 'pii',
        usage: { input_tokens: 7, output_tokens: 3, cached_input_tokens: 0, reasoning_tokens: 0 },
        cost_usd: 0,
        attempts: [{ provider: 'local_ollama', model: 'llama3.2:8b', result: 'answered' }],
        attempt_count: 1,
        request_id: '',
        simulated: false,
        via: gateway.url,
      },
    )
  })

  test('an attempt that failed is named with its cause, streamed or not', async () => {
    for (const more of [[], ['--no-stream']]) {
      upstreams.openai.next({ status: 500 })
      const ended = await place.run(['ask', PROMPT, ...critical, ...more])
      assert.match(ended.stderr, /ollama_cloud\/gpt-oss:120b · .* · after openai\/gpt-4o server error · /)
    }
  })

  test('without the key the way to it is told, and a wrong address is told too', async () => {
    const refused = await place.run(['ask', PROMPT, '--url', `${gateway.url}/v1/`])
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /^error Missing Authorization header\. Send a key/)
    assert.match(refused.stderr, /export AEGIS_MASTER_KEY=/)
    const env = { AEGIS_MASTER_KEY: KEY, AEGIS_URL: gateway.url }
    assert.equal((await place.run(['ask', PROMPT], { env })).code, 0)
    const nobody = await place.run(['ask', PROMPT, '--url', 'http://127.0.0.1:1', '--json'])
    assert.equal(nobody.code, 1)
    assert.equal(jsonOf<{ error: { code: string } }>(nobody).error.code, 'gateway_unreachable')
  })

  test('an answer that breaks off is an error after what has come', async () => {
    upstreams.openai.next({ chunks: ['one ', 'two ', 'three '], disconnectAfter: 3 })
    const ended = await place.run(['ask', PROMPT, ...critical])
    assert.equal(ended.code, 1)
    assert.match(ended.stdout, /^one two/)
    assert.match(ended.stderr, /^error openai closed the connection/m)
    assertClean(ended)
  })

  test('a provider that quotes the prompt in its refusal is not repeated', async () => {
    upstreams.openai.always({ status: 400, errorBody: { error: { message: `bad: ${PROMPT}`, code: 'bad_thing' } } })
    for (const more of [[], ['--json']]) {
      const ended = await place.run(['ask', PROMPT, ...critical, ...more])
      assert.equal(ended.code, 1)
      assert.match(ended.stderr, /^error The provider refused the request \(HTTP 400, code bad_thing\)/m)
      assert.doesNotMatch(ended.stderr + ended.stdout, /unmistakable/)
    }
  })

  test('Ctrl-C closes the upstream through the gateway', async () => {
    upstreams.openai.next({ chunks: ['one ', 'two '], hang: 'mid_stream' })
    const running = place.start(['ask', PROMPT, ...critical])
    await running.shown(/one/)
    running.kill('SIGINT')
    assert.equal((await running.ended).code, 130)
    await upstreams.openai.journal.waitFor((request) => request.ended === 'client_closed', 60_000)
  })

  test('explain asks the gateway, and budget list --url shows its figures', async () => {
    const explained = await place.run(['explain', PROMPT, ...critical, '--json'])
    const { via, candidates } = jsonOf<{ via: string; candidates: readonly { provider: string }[] }>(explained)
    assert.equal(via, gateway.url)
    assert.equal(candidates[0]?.provider, 'openai')
    const listed = await place.run(['budget', 'list', '--url', gateway.url, '--json'], {
      env: { AEGIS_MASTER_KEY: KEY },
    })
    const budgets = jsonOf<readonly { provider: string; limit_usd: number; spent_usd: number }[]>(listed)
    assert.deepEqual(
      budgets.map(({ provider, limit_usd }) => [provider, limit_usd]),
      [
        ['openai', 10],
        ['ollama_cloud', 5],
      ],
    )
    assert.ok(budgets.every(({ spent_usd }) => spent_usd > 0))
  })

  test('sandbox says that these providers are real', async () => {
    const ended = await place.run(['sandbox', 'openai=down'])
    assert.equal(ended.code, 1)
    assert.match(ended.stderr, /^error The providers here are real/)
  })
})

test('a running sandbox: broken, watched, mended', async () => {
  await using place = new Workplace()
  const { url, command } = await place.serve(['--sandbox'])
  const at = ['--url', url]
  const states = jsonOf<Record<string, string>>(await place.run(['sandbox', 'openai=down', ...at, '--json']))
  assert.deepEqual(states, { local: 'up', cloud: 'up', openai: 'down' })
  const ended = await place.run(['ask', PROMPT, ...critical, ...at])
  assert.match(ended.stderr, /^SIMULATED ollama_cloud\/.* · after openai\/gpt-4o unreachable · /m)
  const mended = await place.run(['sandbox', 'openai=up', 'local_ollama=slow', ...at])
  assert.equal(mended.stdout, 'name\tstate\nlocal\tslow\ncloud\tup\nopenai\tup\n')
  const wrong = await place.run(['sandbox', 'openai=broken', ...at])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /rate_limited/)
  command.kill('SIGINT')
  assert.equal((await command.ended).code, 0)

  // The limits that budget list knows without a gateway are the sandbox's own.
  const shown = jsonOf<readonly object[]>(await place.run(['budget', 'list', '--sandbox', '--json']))
  assert.deepEqual(
    shown.map((budget) => ('limit_usd' in budget ? budget.limit_usd : undefined)),
    [5, 10],
  )
  const usage = jsonOf<readonly { status: string }[]>(await place.run(['usage', '--sandbox', '--json']))
  assert.deepEqual(
    usage.map(({ status }) => status),
    ['ok'],
  )
})

test('another program with a /health at the configured address is not sent a prompt', async () => {
  await using upstreams = await startThreeProviders()
  await using place = new Workplace()
  const asked: string[] = []
  const other = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = other.address() as AddressInfo
    place.write('aegis.yml', { ...upstreams.config, server: { port } })
    const ended = await place.run(['ask', PROMPT, '--classification', 'pii'])
    assert.equal(ended.code, 0, ended.stderr)
    assert.match(ended.stderr, /in process/)
    assert.deepEqual(asked, ['/health'])
  } finally {
    other.closeAllConnections()
    other.close()
  }
})
