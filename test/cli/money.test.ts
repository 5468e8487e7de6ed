// `aegis budget list` and `aegis usage`.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { assertClean, jsonOf, type RunningGateway, Workplace } from './aegis-process.ts'
import { critical, startThreeProviders, type ThreeProviders } from './three-providers.ts'

interface BudgetJson {
  readonly provider: string
  readonly period: string | null
  readonly spent_usd: number
  readonly left_usd: number
}

describe('money', () => {
  let upstreams: ThreeProviders
  let place: Workplace
  let gateway: RunningGateway
  before(async () => {
    upstreams = await startThreeProviders()
    place = new Workplace()
    place.write('aegis.yml', upstreams.config)
  })
  after(async () => {
    await place[Symbol.asyncDispose]()
    await upstreams[Symbol.asyncDispose]()
  })

  /** Runs a command until it shows what is expected: the gateway writes a moment after it has answered. */
  async function until(words: readonly string[], shown: (stdout: string) => boolean) {
    const patience = AbortSignal.timeout(60_000)
    for (;;) {
      const ended = await place.run(words)
      if (shown(ended.stdout) || patience.aborted) return ended
    }
  }

  test('before anything was spent there is no file, which is no error', async () => {
    const budgets = await place.run(['budget', 'list', '--json'])
    assert.equal(budgets.code, 0, budgets.stderr)
    assert.match(budgets.stderr, /^Nothing is recorded yet/)
    assert.deepEqual(
      jsonOf<readonly BudgetJson[]>(budgets).map(({ provider, period, left_usd }) => [provider, period, left_usd]),
      [
        ['openai', null, 10],
        ['ollama_cloud', null, 5],
      ],
    )
    const usage = await place.run(['usage'])
    assert.equal(usage.code, 0)
    assert.equal(usage.stdout, 'No requests yet.\n')
  })

  test('after a paid request the budget shows it to the nano-dollar, while the gateway runs', async () => {
    gateway = await place.serve([])
    upstreams.openai.next({ usage: { prompt_tokens: 1001, completion_tokens: 7 } })
    assert.equal((await place.run(['ask', 'one', ...critical, '--url', gateway.url])).code, 0)
    const budgets = await until(['budget', 'list'], (stdout) => stdout.includes('0.0025725\t$0\t'))
    assert.match(budgets.stdout, /^budget\tperiod\tlimit\tspent\treserved\tleft\tused\tunsettled\tresets$/m)
    assert.match(
      budgets.stdout,
      /^openai\t\d{4}-\d\d\t\$10\t\$0\.0025725\t\$0\t\$9\.9974275\t0\.0%\t-\t\d{4}-\d\d-01T00:00Z$/m,
    )
    assertClean(budgets)
  })

  test('explain in process works beside the gateway, and sees what it has spent', async () => {
    const explained = await place.run(['explain', 'three', ...critical, '--json'])
    assert.equal(explained.code, 0, explained.stderr)
    const { via, candidates } = jsonOf<{
      readonly via: string
      readonly candidates: readonly { readonly provider: string; readonly budget?: { readonly spent_usd: number } }[]
    }>(explained)
    assert.deepEqual(
      [via, candidates[0]?.provider, candidates[0]?.budget?.spent_usd],
      ['in process', 'openai', 0.0025725],
    )
  })

  test('requests one by one, summed, and as CSV', async () => {
    upstreams.local.next({ usage: { prompt_tokens: 5, completion_tokens: 2 } })
    assert.equal((await place.run(['ask', 'two', '--url', gateway.url])).code, 0)
    const rows = jsonOf<readonly { provider: string; cost_usd: number; status: string }[]>(
      await until(['usage', '--since', '1h', '--json'], (stdout) => stdout.includes('local_ollama')),
    )
    assert.deepEqual(
      rows.map(({ provider, cost_usd, status }) => [provider, cost_usd, status]),
      [
        ['local_ollama', 0, 'ok'],
        ['openai', 0.0025725, 'ok'],
      ],
    )
    const newest = jsonOf<readonly object[]>(await place.run(['usage', '--limit', '1', '--json']))
    assert.equal(newest.length, 1)
    const sums = await place.run(['usage', '--by', 'provider', '--csv'])
    assert.equal(
      sums.stdout,
      'provider,requests,input_tokens,output_tokens,cost_usd\r\nopenai,1,1001,7,0.0025725\r\nlocal_ollama,1,5,2,0\r\n',
    )
    const byKey = await place.run(['usage', '--by', 'key'])
    assert.equal(byKey.stdout.split('\n')[1], '(none)\t2\t1006\t9\t0.0025725')
    const csv = await place.run(['usage', '--csv'])
    assert.equal(csv.stdout.split('\r\n').length, 4)
    assert.match(csv.stdout, /^request_id,received_at,.*,cost_usd,key,user,tags,attempts\r\n/)
  })

  test('a request that broke off names who was being asked', async () => {
    upstreams.openai.next({ chunks: ['one ', 'two '], disconnectAfter: 2 })
    assert.equal((await place.run(['ask', 'four', ...critical, '--url', gateway.url])).code, 1)
    const broken = /^\S+ \S+\tinterrupted\topenai\tgpt-4o\t/
    const rowOf = (stdout: string) => stdout.split('\n')[1] ?? ''
    const table = await until(['usage', '--limit', '1'], (stdout) => broken.test(rowOf(stdout)))
    assert.match(rowOf(table.stdout), broken)
  })

  test('wrong flags are wrong usage', async () => {
    for (const words of [
      ['--since', 'tuesday'],
      ['--by', 'colour'],
      ['--limit', '0'],
      ['--csv', '--json'],
    ]) {
      const ended = await place.run(['usage', ...words])
      assert.equal(ended.code, 2, words.join(' '))
      assert.match(ended.stderr, /aegis usage --help shows what is possible/)
    }
  })

  test('a ledger in memory is said to be there, with the way to see it', async () => {
    const path = place.write('memory.yml', { ...upstreams.config, ledger: 'memory:' })
    const ended = await place.run(['budget', 'list', '--config', path])
    assert.equal(ended.code, 1)
    assert.match(ended.stderr, /^error The ledger is in the memory of the gateway.*--url/)
  })
})
