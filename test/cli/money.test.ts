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
    assert.match(budgets.stdout, /^budget\tperiod\tlimit\tspent\treserved\tleft\tused\tunsettled\tresets\tid$/m)
    assert.match(
      budgets.stdout,
      /^openai\t\d{4}-\d\d\t\$10\t\$0\.0025725\t\$0\t\$9\.9974275\t0\.0%\t-\t\d{4}-\d\d-01T00:00Z\tprovider:openai:month$/m,
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
    assert.match(csv.stdout, /^request_id,received_at,.*,cost_usd,key,user,tags,attempts,endpoint\r\n/)
  })

  test('a request that broke off names who was being asked', async () => {
    upstreams.openai.next({ chunks: ['one ', 'two '], disconnectAfter: 2 })
    assert.equal((await place.run(['ask', 'four', ...critical, '--url', gateway.url])).code, 1)
    const broken = /^\S+ \S+\tinterrupted\topenai\tgpt-4o\t/
    const rowOf = (stdout: string) => stdout.split('\n')[1] ?? ''
    const table = await until(['usage', '--limit', '1'], (stdout) => broken.test(rowOf(stdout)))
    assert.match(rowOf(table.stdout), broken)
  })

  test('a limit is set while the gateway runs, which keeps to it; it is listed, replaced and removed', async () => {
    const set = await place.run(['budget', 'set', '--provider', 'openai', '--per', '30d', '--limit', '0.000001'])
    assert.equal(set.code, 0, set.stderr)
    assert.equal(set.stdout, 'openai may cost $0.000001 in any 30d. Its id is set:provider:openai:30d.\n')
    await until(
      ['ask', 'five', ...critical, '--url', gateway.url, '--json'],
      (stdout) => (JSON.parse(stdout) as { readonly provider: string }).provider !== 'openai',
    )
    const listed = await place.run(['budget', 'list', '--url', gateway.url])
    assert.match(listed.stdout, /^openai\tlast 30d\t\$0\.000001\t.*\tset:provider:openai:30d$/m)
    const again = await place.run([
      ...['budget', 'set', '--provider', 'openai', '--per', '2592000s', '--limit', '7', '--json'],
      ...['--alert-at', '50,75', '--on-exceeded', 'reject', '--time-zone', 'Europe/Berlin'],
    ])
    assert.deepEqual(jsonOf(again), {
      id: 'set:provider:openai:30d',
      ...{ scope: 'provider', subject: 'openai', per: '30d', limit_usd: 7, soft: false },
      ...{ on_exceeded: 'reject', time_zone: 'Europe/Berlin', alert_at_percent: [50, 75] },
      replaced: {
        ...{ scope: 'provider', subject: 'openai', per: '30d', limit_usd: 0.000001, soft: false },
        ...{ on_exceeded: 'fallback', time_zone: 'UTC', alert_at_percent: [80, 90, 100] },
      },
    })
    const removed = await place.run(['budget', 'remove', 'set:provider:openai:30d', '--url', gateway.url])
    assert.equal(removed.code, 0, removed.stderr)
    assert.equal(removed.stdout, 'openai is no longer held to $7 in any 30d by set:provider:openai:30d.\n')
    const twice = await place.run(['budget', 'remove', 'set:provider:openai:30d'])
    assert.equal(twice.code, 1)
    assert.match(twice.stderr, /^error There is no budget of this id/)
  })

  test('a soft limit for each user, set over HTTP, is listed as such before anybody has spent', async () => {
    const words = ['budget', 'set', '--user', '*', '--per', 'day', '--limit', '5', '--soft', '--url', gateway.url]
    const set = await place.run(words)
    assert.equal(set.code, 0, set.stderr)
    assert.match(set.stdout, /^Each user on its own may cost \$5 a day \(soft: it only alerts\)/)
    const listed = await place.run(['budget', 'list'])
    assert.match(listed.stdout, /^user \*\tday\t\$5 \(soft\)\t\$0\t.*\tset:user:\*:day:soft$/m)
    assert.equal((await place.run(['budget', 'remove', 'set:user:*:day:soft'])).code, 0)
  })

  test('a budget of the configuration is not removed here, and it is said where it is', async () => {
    for (const url of [[], ['--url', gateway.url]]) {
      const ended = await place.run(['budget', 'remove', 'provider:openai:month', ...url])
      assert.equal(ended.code, 2)
      assert.match(ended.stderr, /set by the configuration, at budgets\.monthly_limits\.openai: change it there/)
    }
  })

  test('what is wrong with a limit is said of its flag', async () => {
    for (const [flags, said] of [
      [['--provider', 'openai', '--user', 'ann', '--per', 'day', '--limit', '1'], /one of --provider, --key, --user/],
      [['--provider', 'opanai', '--per', 'day', '--limit', '1'], /There are local_ollama, ollama_cloud, openai/],
      [['--global', '--per', 'fortnight', '--limit', '1'], /--per: It must be day, week, month/],
      [['--global', '--per', 'day', '--limit', 'much'], /--limit: It must be an amount in US dollars/],
      [['--global', '--per', 'day', '--limit', '1', '--time-zone', '+02:00'], /--time-zone: It must be an IANA/],
      [['--global', '--per', 'day', '--limit', '1', '--alert-at', 'soon'], /per cents such as 80,90,100/],
      [['--global', '--limit', '1'], /--per <span>/],
    ] as const) {
      const ended = await place.run(['budget', 'set', ...flags])
      assert.equal(ended.code, 2, flags.join(' '))
      assert.match(ended.stderr, said)
    }
  })

  test('usage is filtered, paged and summed by tag, the same from the ledger and from a gateway', async () => {
    for (const url of [[], ['--url', gateway.url]]) {
      const paid = jsonOf<readonly { provider: string }[]>(
        await place.run(['usage', '--provider', 'openai', '--all', '--json', ...url]),
      )
      assert.ok(paid.length > 0 && paid.every(({ provider }) => provider === 'openai'))
      const first = await place.run(['usage', '--limit', '1', '--json', ...url])
      const cursor = /--cursor (\S+),/.exec(first.stderr)?.[1]
      assert.ok(cursor)
      const rest = await place.run(['usage', '--cursor', cursor, '--all', '--json', ...url])
      const all = await place.run(['usage', '--all', '--json', ...url])
      assert.deepEqual([...jsonOf<object[]>(first), ...jsonOf<object[]>(rest)], jsonOf(all))
      const csv = await place.run(['usage', '--all', '--csv', ...url])
      assert.equal(csv.stdout.trimEnd().split('\r\n').length, jsonOf<object[]>(all).length + 1)
      const byTag = await place.run(['usage', '--by', 'tag', '--csv', ...url])
      assert.match(byTag.stdout, /^tag,requests,input_tokens,output_tokens,cost_usd\r\n/)
      const nonsense = await place.run(['usage', '--cursor', 'nonsense', ...url])
      assert.equal(nonsense.code, 2)
      assert.match(nonsense.stderr, /cursor/)
    }
    const both = await place.run(['usage', '--by', 'day', '--user', 'ann'])
    assert.equal(both.code, 2)
  })

  test('migrate makes a ledger, and has nothing to do the second time', async () => {
    await using other = new Workplace()
    other.write('aegis.yml', { ...upstreams.config, ledger: 'sqlite:./new.db' })
    for (let round = 0; round < 2; round += 1) {
      const ended = await other.run(['migrate'])
      assert.equal(ended.stdout, './new.db is up to date.\n', ended.stderr)
    }
    assert.equal((await other.run(['budget', 'list'])).stderr, '')
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
