// `aegis ask` and `aegis explain`, in process: the command line as its own proxy.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Explanation } from '../../src/proxy/explain.ts'
import { assertClean, jsonOf, Workplace } from './aegis-process.ts'
import { critical, startThreeProviders, type ThreeProviders, withProviders } from './three-providers.ts'

const PROMPT = 'the unmistakable words of a prompt'

interface AskJson {
  readonly text: string
  readonly provider: string
  readonly model: string
  readonly location: string
  readonly reason: string
  readonly classification: string
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number } | null
  readonly cost_usd: number | null
  readonly attempts: readonly { readonly provider: string; readonly result: string }[]
  readonly request_id: string
  readonly simulated: boolean
  readonly via: string
  readonly error?: { readonly code: string; readonly message: string; readonly problems?: readonly object[] }
}

describe('aegis ask in process', () => {
  let upstreams: ThreeProviders
  let place: Workplace
  before(async () => {
    upstreams = await startThreeProviders()
    place = new Workplace()
  })
  beforeEach(() => {
    for (const upstream of [upstreams.local, upstreams.cloud, upstreams.openai]) upstream.reset()
    place.write('aegis.yml', upstreams.config)
  })
  after(async () => {
    await place[Symbol.asyncDispose]()
    await upstreams[Symbol.asyncDispose]()
  })

  test('the answer goes to standard output and the facts to standard error', async () => {
    upstreams.openai.next({ text: 'Forty-two.' })
    const ended = await place.run(['ask', PROMPT, ...critical])
    assert.equal(ended.code, 0, ended.stderr)
    assert.equal(ended.stdout, 'Forty-two.\n')
    assert.match(
      ended.stderr,
      /^openai\/gpt-4o · cloud · critical_quality · \$0\.0\d+ · \d+ in, \d+ out · .*in process$/m,
    )
    assertClean(ended)
  })

  test('--json is one object with every fact, and an exact cost', async () => {
    upstreams.openai.next({ text: 'Hi', usage: { prompt_tokens: 100, completion_tokens: 10 } })
    const ended = await place.run(['ask', PROMPT, ...critical, '--json'])
    const answer = jsonOf<AskJson>(ended)
    assert.deepEqual(
      { ...answer, request_id: '' },
      {
        text: 'Hi',
        provider: 'openai',
        model: 'gpt-4o',
        location: 'cloud',
        reason: 'critical_quality',
        classification: 'internal',
        usage: { input_tokens: 100, output_tokens: 10, cached_input_tokens: 0, reasoning_tokens: 0 },
        cost_usd: 0.00035,
        attempts: [{ provider: 'openai', model: 'gpt-4o', result: 'answered' }],
        attempt_count: 1,
        request_id: '',
        simulated: false,
        via: 'in process',
      },
    )
    assert.match(answer.request_id, /^req_/)
  })

  test('a prompt comes from standard input when it is - or absent, and a system message stands before it', async () => {
    const ended = await place.run(['ask', '--system', 'Be brief.'], { stdin: 'from the pipe\n' })
    assert.equal(ended.code, 0, ended.stderr)
    await place.run(['ask', '-', '--no-stream'], { stdin: 'two\nlines\n' })
    const [first, second] = upstreams.local.journal.requests.filter(({ path }) => path === '/api/chat').slice(-2)
    assert.deepEqual(first?.json?.messages, [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'from the pipe' },
    ])
    assert.deepEqual(second?.json?.messages, [{ role: 'user', content: 'two\nlines' }])
    assert.equal(second?.json?.stream, false)
  })

  test('an attempt that failed is named with its cause', async () => {
    upstreams.openai.next({ status: 500 })
    const ended = await place.run(['ask', PROMPT, ...critical])
    assert.equal(ended.code, 0, ended.stderr)
    assert.match(
      ended.stderr,
      /^ollama_cloud\/gpt-oss:120b · cloud · fallback · .* · after openai\/gpt-4o server error · /m,
    )
  })

  test('personal data with cloud providers only is refused, and nobody hears of it', async () => {
    place.write('aegis.yml', withProviders(upstreams.config, { local_ollama: undefined }))
    const heard = () => upstreams.openai.journal.requests.length + upstreams.cloud.journal.requests.length
    const heardBefore = heard()
    const ended = await place.run(['ask', PROMPT, '--classification', 'pii', '--json'])
    assert.equal(ended.code, 1)
    assert.equal(jsonOf<AskJson>(ended).error?.code, 'local_unavailable_for_restricted_data')
    assert.match(ended.stderr, /^error pii data may only go to a local provider/)
    assert.equal(heard(), heardBefore)
    assert.doesNotMatch(ended.stderr + ended.stdout, /unmistakable/)
  })

  test('a provider that quotes the prompt in its refusal is not repeated', async () => {
    upstreams.openai.always({ status: 400, errorBody: { error: { message: `bad: ${PROMPT}`, code: 'bad_thing' } } })
    const ended = await place.run(['ask', PROMPT, ...critical])
    assert.equal(ended.code, 1)
    assert.match(ended.stderr, /^error openai does not accept this request \(HTTP 400\)/)
    assert.doesNotMatch(ended.stderr + ended.stdout, /unmistakable/)
    assertClean(ended)
  })

  test('an unknown model and an empty prompt are wrong usage', async () => {
    const model = await place.run(['ask', PROMPT, '--model', 'gpt-12'])
    assert.equal(model.code, 2)
    assert.match(model.stderr, /No configured provider has this model/)
    const empty = await place.run(['ask'], { stdin: ' \n' })
    assert.equal(empty.code, 2)
    assert.match(empty.stderr, /^error There is no prompt/)
  })

  test('a wrong configuration is told with every problem and its line', async () => {
    place.write(
      'aegis.yml',
      'providers:\n  openai: { api_key: k, modelz: [a] }\nrouting: { default_provider: opnai }\n',
    )
    const ended = await place.run(['ask', PROMPT, '--json'])
    assert.equal(ended.code, 2)
    assert.match(ended.stderr, /aegis\.yml:2:\d+ providers\.openai\.modelz: unknown key, did you mean models\?/)
    assert.match(ended.stderr, /aegis\.yml:3:\d+ routing\.default_provider: no provider has this name/)
    assert.equal(jsonOf<AskJson>(ended).error?.problems?.length, 2)
    assertClean(ended)
  })

  test('Ctrl-C in the middle of an answer closes the upstream and ends with 130', async () => {
    upstreams.openai.next({ chunks: ['one ', 'two '], hang: 'mid_stream' })
    const running = place.start(['ask', PROMPT, ...critical])
    await running.shown(/one/)
    running.kill('SIGINT')
    const ended = await running.ended
    assert.equal(ended.code, 130)
    assert.match(ended.stderr, /^stopped/m)
    await upstreams.openai.journal.waitFor((request) => request.ended === 'client_closed', 60_000)
  })

  test('--sandbox needs no provider and says that its answer is simulated', async () => {
    const ended = await place.run(['ask', PROMPT, '--sandbox'])
    assert.equal(ended.code, 0, ended.stderr)
    assert.match(ended.stdout, /simulated local ollama/)
    assert.match(ended.stderr, /^SIMULATED local_ollama\//m)
  })

  test('explain names the rule, the candidates in order and who is left out, and calls nobody', async () => {
    const heardBefore = upstreams.local.journal.requests.length
    const ended = await place.run([
      'explain',
      PROMPT,
      '--classification',
      'hipaa',
      '--model',
      'openai/gpt-4o',
      '--json',
    ])
    const { classification, candidates, excluded, reason } = jsonOf<Explanation>(ended)
    assert.equal(ended.code, 0)
    assert.deepEqual(classification, { level: 'hipaa', restricted: true, source: 'declared' })
    assert.equal(reason, 'sensitive_data_local_only')
    assert.deepEqual(
      candidates.map(({ provider }) => provider),
      ['local_ollama'],
    )
    assert.deepEqual(
      excluded.map(({ provider, cause }) => `${provider} ${cause}`),
      ['openai restricted_data', 'ollama_cloud restricted_data'],
    )
    assert.equal(upstreams.local.journal.requests.length, heardBefore)
  })

  test('explain as a table; exit code 1 when nobody would be asked', async () => {
    const table = await place.run(['explain', PROMPT, ...critical])
    assert.match(table.stdout, /^rule +critical_quality$/m)
    assert.match(
      table.stdout,
      /^1\topenai\tgpt-4o\tcloud\tcritical_quality\tgenai-prices\t\$0\.\d+\t\$\d+(\.\d+)?\twould be asked$/m,
    )
    assertClean(table)
    place.write('aegis.yml', withProviders(upstreams.config, { local_ollama: undefined }))
    const nobody = await place.run(['explain', PROMPT, '--classification', 'pii'])
    assert.equal(nobody.code, 1)
    assert.match(nobody.stdout, /Nobody would be asked/)
  })

  test('shares the budgets of a gateway that runs beside it, and does not count twice', async () => {
    const gateway = await place.serve([])
    const paid = ['ask', PROMPT, '--quality', 'critical', '--complexity', 'high', '--max-tokens', '20']
    assert.equal((await place.run(paid)).code, 0)
    assert.equal((await place.run([...paid, '--url', gateway.url])).code, 0)
    const [budget] = JSON.parse((await place.run(['budget', 'list', '--json'])).stdout)
    const sums: { provider: string; cost_usd: number }[] = JSON.parse(
      (await place.run(['usage', '--by', 'provider', '--json'])).stdout,
    )
    const cost = Math.round((sums.find(({ provider }) => provider === budget.subject)?.cost_usd ?? 0) * 1e9)
    assert.ok(cost > 0)
    assert.deepEqual([Math.round(budget.spent_usd * 1e9), budget.reserved_usd], [cost, 0])
    gateway.command.kill('SIGTERM')
    assert.equal((await gateway.command.ended).code, 0)
    assert.equal(existsSync(place.file('aegis.db')), true)
  })
})
