// The /admin routes of a real gateway: budgets, usage, alerts, and their description.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { request } from 'undici'
import { adminRoutes } from '../../src/gateway/admin/admin-routes.ts'
import { misfits } from '../make/described.ts'
import { critical, startWorld, until, type World } from './world.ts'

const masterKey = 'sk-aegis-master-0123456789abcdef'
const entry = { scope: 'user', subject: '*', per: 'day', limit_usd: 5 }

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into as a client would
  readonly json: any
}

describe('the /admin routes', () => {
  let world: World
  before(async () => {
    world = await startWorld({ limits: { openai: 10 }, config: { auth: { master_key: masterKey } } })
  })
  after(() => world[Symbol.asyncDispose]())

  async function ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object, headers = {}) {
    const reply = await request(world.gateway.url + path, {
      method,
      headers: { authorization: `Bearer ${masterKey}`, ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await reply.body.text()
    const isJson = String(reply.headers['content-type']).startsWith('application/json')
    const answer: Answer = {
      status: reply.statusCode,
      headers: reply.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : undefined,
    }
    return answer
  }

  const paid = (user: string) => world.chat(critical({ user }), { headers: { authorization: `Bearer ${masterKey}` } })

  test('need the master key', async () => {
    for (const path of ['/admin/budgets', '/admin/usage', '/admin/alerts', '/admin/openapi.json', '/admin/nothing']) {
      const without = await ask('GET', path, undefined, { authorization: '' })
      assert.deepEqual([without.status, without.json.error.code], [401, 'invalid_key'], path)
    }
  })

  test('a budget is set, read, changed and removed', async () => {
    const set = await ask('POST', '/admin/budgets', entry)
    assert.equal(set.status, 200, set.text)
    assert.deepEqual(
      [set.json.id, set.json.source, set.json.rule, set.json.replaced, set.json.standing],
      ['set:user:*:day', 'run_time', 'POST /admin/budgets', null, []],
    )
    const path = `/admin/budgets/${encodeURIComponent('set:user:*:day')}`
    assert.equal((await ask('GET', path)).json.limit_usd, 5)
    const changed = await ask('PUT', path, { limit_usd: '7.5', on_exceeded: 'reject', alert_at_percent: [90, 50] })
    assert.deepEqual(
      [
        changed.json.limit_usd,
        changed.json.on_exceeded,
        changed.json.alert_at_percent,
        changed.json.replaced.limit_usd,
      ],
      [7.5, 'reject', [50, 90], 5],
    )
    const moved = await ask('PUT', path, { limit_usd: 1, per: 'week' })
    assert.deepEqual([moved.status, moved.json.error.param], [400, 'id'])
    const removed = await ask('DELETE', path)
    assert.deepEqual([removed.status, removed.json.removed.limit_usd], [200, 7.5])
    for (const method of ['GET', 'DELETE'] as const) {
      const gone = await ask(method, path)
      assert.deepEqual([gone.status, gone.json.error.code], [404, 'not_found'])
    }
  })

  test('a budget of the configuration is shown, and neither changed nor removed', async () => {
    const path = '/admin/budgets/provider:openai:month'
    assert.deepEqual((await ask('GET', path)).json.source, 'configuration')
    for (const answer of [await ask('PUT', path, { limit_usd: 1 }), await ask('DELETE', path)]) {
      assert.equal(answer.status, 400)
      assert.match(answer.json.error.message, /at budgets\.monthly_limits\.openai: change it there/)
    }
  })

  test('what is wrong is said of the field', async () => {
    for (const [change, param] of [
      [{ scope: 'team' }, 'scope'],
      [{ subject: '' }, 'subject'],
      [{ scope: 'provider', subject: 'opanai' }, 'subject'],
      [{ per: '0s' }, 'per'],
      [{ limit_usd: -1 }, 'limit_usd'],
      [{ limit_usd: null }, 'limit_usd'],
      [{ soft: 'yes' }, 'soft'],
      [{ on_exceeded: 'panic' }, 'on_exceeded'],
      [{ time_zone: 'Mars/Phobos' }, 'time_zone'],
      [{ alert_at_percent: [0] }, 'alert_at_percent'],
      [{ limits: 5 }, 'limits'],
    ] as const) {
      const { status, json } = await ask('POST', '/admin/budgets', { ...entry, ...change })
      assert.deepEqual([status, json.error.code, json.error.param], [400, 'invalid_request', param])
    }
    for (const [query, param] of [
      ['limit=0', 'limit'],
      ['limit=1001', 'limit'],
      ['since=yesterday', 'since'],
      ['cursor=nonsense', 'cursor'],
      ['cursor=nonsense&format=csv', 'cursor'],
      ['format=xml', 'format'],
      ['colour=red', 'colour'],
      ['user=a&user=b', 'user'],
    ] as const) {
      const { status, json } = await ask('GET', `/admin/usage?${query}`)
      assert.deepEqual([status, json.error.param], [400, param], query)
    }
    assert.equal((await ask('GET', '/admin/usage/summary?by=colour')).json.error.param, 'by')
    assert.equal((await ask('GET', '/admin/budgets/%zz')).json.error.param, 'id')
  })

  test('a method that a path does not have is refused with those that it has', async () => {
    const one = await ask('DELETE', '/admin/budgets')
    assert.deepEqual([one.status, one.headers.allow], [405, 'GET, POST'])
    const two = await ask('POST', '/admin/budgets/x', {})
    assert.deepEqual([two.status, two.headers.allow], [405, 'GET, PUT, DELETE'])
  })

  test('a budget that is set holds within a second, counts what was spent before, and refuses by name', async () => {
    world.openai.next({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
    assert.equal((await paid('ann')).status, 200)
    const set = await ask('POST', '/admin/budgets', {
      ...{ scope: 'global', per: 'lifetime', limit_usd: 0.003, on_exceeded: 'reject' },
    })
    assert.equal(set.json.standing[0].spent_usd, 0.0035)
    assert.equal(set.json.standing[0].left_usd, 0)
    const refusal = async () => (await paid('ann')).json as { error?: { code: string; rule?: string } }
    await until(async () => (await refusal()).error?.code === 'budget_exceeded', 'the refusal')
    assert.equal((await ask('DELETE', '/admin/budgets/set:global:lifetime')).status, 200)
    await until(async () => (await paid('ann')).status === 200, 'an answer again')
    await world.atRest()
  })

  test('what is shown of a budget is what enforces: the same figures everywhere', async () => {
    await world.atRest()
    const { data } = (await ask('GET', '/admin/budgets')).json
    const shown = data.find(({ id }: { id: string }) => id === 'provider:openai:month').standing[0]
    const status = (await ask('GET', '/admin/status')).json.budgets.find(
      ({ id }: { id: string }) => id === 'provider:openai:month',
    )
    for (const name of ['spent_usd', 'reserved_usd', 'leased_usd', 'unsettled_usd', 'used_ratio', 'resets_at']) {
      assert.equal(shown[name], status[name], name)
    }
    const sums = (await ask('GET', '/admin/usage/summary?by=provider')).json.data
    assert.equal(sums.find(({ provider }: { provider: string }) => provider === 'openai').cost_usd, shown.spent_usd)
  })

  test('usage in pages is all of it once, filtered or not, and the CSV has the same rows', async () => {
    for (const user of ['bob', 'bob', 'cleo']) await paid(user)
    await world.atRest()
    const rows: { request_id: string; user: string | null }[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Answer = await ask('GET', `/admin/usage?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      assert.ok(page.json.data.length <= 2)
      rows.push(...page.json.data)
      cursor = page.json.next_cursor
    }
    assert.equal(new Set(rows.map(({ request_id }) => request_id)).size, rows.length)
    assert.deepEqual(rows, (await ask('GET', '/admin/usage?limit=1000')).json.data)
    const bobs = (await ask('GET', '/admin/usage?user=bob')).json.data
    assert.deepEqual(
      bobs,
      rows.filter(({ user }) => user === 'bob'),
    )
    assert.equal(bobs.length, 2)
    const csv = await ask('GET', '/admin/usage', undefined, { accept: 'text/csv' })
    assert.match(String(csv.headers['content-type']), /^text\/csv/)
    const lines = csv.text.trimEnd().split('\r\n')
    assert.deepEqual(
      lines.slice(1).map((line) => line.split(',')[0]),
      rows.map(({ request_id }) => request_id),
    )
    assert.equal((await ask('GET', '/admin/usage?format=csv&limit=3')).text.trimEnd().split('\r\n').length, 4)
    const sums = await ask('GET', '/admin/usage/summary?by=user&format=csv')
    assert.match(sums.text, /^user,requests,input_tokens,output_tokens,cost_usd\r\n/)
    assert.deepEqual((await ask('GET', '/admin/usage?since=2001-01-01&until=2001-01-02')).json, {
      data: [],
      next_cursor: null,
    })
  })

  test('a CSV of many pages comes whole', async () => {
    await using many = await startWorld({ providers: { openai: undefined, ollama_cloud: undefined } })
    const { ledger } = many.gateway.aegis.gateway.proxy
    assert.equal((await many.chat()).status, 200)
    await many.atRest()
    const [row] = await many.usage()
    assert.ok(row)
    for (let index = 0; index < 2500; index += 1) {
      ledger.record({
        ...{ requestId: `made_${index}`, receivedAtMs: row.receivedAtMs - 1000 - index, endedAtMs: row.receivedAtMs },
        ...{ status: 'ok', httpStatus: 200, attempts: [], cost: row.cost, stream: false },
        classification: { level: 'public', undecidable: false, restricted: false, source: 'declared' },
        answeredBy: undefined,
      })
    }
    await until(async () => {
      const reply = await request(`${many.gateway.url}/admin/usage?format=csv`)
      return (await reply.body.text()).trimEnd().split('\r\n').length === 2502
    }, 'all rows')
  })

  test('alerts are listed with what became of them', async () => {
    const budget = {
      scope: 'user',
      subject: 'dora',
      per: 'day',
      limit_usd: 0.000001,
      soft: true,
      alert_at_percent: [100],
    }
    await ask('POST', '/admin/budgets', budget)
    world.openai.next({ usage: { prompt_tokens: 100, completion_tokens: 10 } })
    assert.equal((await paid('dora')).status, 200)
    const listed = async () => (await ask('GET', '/admin/alerts?limit=5')).json.data
    type Listed = { readonly data: { readonly subject: string } }
    const ofDora = async () => (await listed()).find(({ data }: Listed) => data.subject === 'dora')
    await until(async () => (await ofDora()) !== undefined, 'the alert')
    const alert = await ofDora()
    assert.deepEqual(
      [alert.type, alert.data.budget, alert.data.subject, alert.state, alert.next_try_at],
      ['budget.threshold_reached', 'set:user:dora:day:soft', 'dora', 'done', null],
    )
  })

  test('the description names every route, and what it says of an answer is so', async () => {
    const document = (await ask('GET', '/admin/openapi.json')).json
    assert.equal(document.openapi, '3.1.1')
    const { schemas } = document.components
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      assert.ok(schemas[String(name)], `${name} is described`)
    }
    const operations = Object.entries<Record<string, { operationId: string }>>(document.paths).flatMap(
      ([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    assert.equal(operations.length, adminRoutes.length + 1, 'and itself')
    assert.ok(operations.includes('DELETE /admin/budgets/{id}') && operations.includes('GET /admin/usage/summary'))
    for (const [path, name] of [
      ['/admin/budgets', 'BudgetList'],
      ['/admin/budgets/provider:openai:month', 'Budget'],
      ['/admin/usage', 'UsagePage'],
      ['/admin/usage/summary', 'UsageSummary'],
      ['/admin/alerts', 'AlertList'],
      ['/admin/privacy', 'PrivacyState'],
    ] as const) {
      assert.deepEqual(misfits(document, schemas[name], (await ask('GET', path)).json), [], path)
    }
  })

  test('are open on loopback without a master key', async () => {
    await using open = await startWorld()
    const reply = await request(`${open.gateway.url}/admin/budgets`)
    assert.equal(reply.statusCode, 200)
    await reply.body.dump()
    assert.equal((await open.chat(critical())).status, 200)
  })
})
