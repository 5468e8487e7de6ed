// The any-llm gateway's routes (1.14), by plain HTTP as programs for it ask, and by its official TypeScript client.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AuthenticationError,
  GatewayClient,
  InsufficientFundsError,
  ModelNotFoundError,
  RateLimitError,
} from '@mozilla-ai/any-llm'
import { type Answer, askAs, type Method, masterKey } from '../e2e/access.ts'
import { critical, question, startWorld, temporaryFolder, until, type World } from '../e2e/world.ts'

const auth = { master_key: masterKey }

describe('the any-llm management routes', () => {
  let world: World
  before(async () => {
    world = await startWorld({ config: { auth, compat: 'any_llm' } })
  })
  after(() => world[Symbol.asyncDispose]())

  const ask = (method: Method, path: string, body?: object | string, key?: string) =>
    askAs(world.gateway.url + path, method, body, key)
  const is = (answer: Answer, status: number) => {
    assert.equal(answer.status, status, answer.text)
    return answer.json
  }

  test('need the master key: without it, and with another one, they answer 401 with a text in detail', async () => {
    const { key } = is(await ask('POST', '/v1/keys', {}), 200)
    for (const [method, path] of [
      ['POST', '/v1/keys'],
      ['GET', '/v1/users'],
      ['GET', '/v1/budgets'],
      ['POST', '/v1/pricing'],
      ['GET', '/v1/usage'],
    ] as const) {
      for (const given of ['', 'gw-unknown', key]) {
        const json = is(await ask(method, path, method === 'POST' ? {} : undefined, given), 401)
        assert.equal(typeof json.detail, 'string')
        assert.equal(json.error.code, 'invalid_key')
      }
    }
  })

  test('answer nobody keeps: no-store, nosniff, no frames', async () => {
    const { headers } = await ask('GET', '/v1/keys')
    assert.deepEqual(
      [headers['cache-control'], headers.vary, headers['x-content-type-options'], headers['x-frame-options']],
      ['private, no-store, no-cache', 'Authorization', 'nosniff', 'DENY'],
    )
  })

  test('keep keys: made with a user of their own, read without their text, changed and removed', async () => {
    const expires_at = '2030-01-01T00:00:00.000Z'
    const made = is(await ask('POST', '/v1/keys', { key_name: 'web', expires_at, metadata: { team: 'a' } }), 200)
    assert.match(made.key, /^sk-aegis-/)
    assert.deepEqual(
      [made.key_name, made.user_id, made.expires_at, made.is_active, made.metadata],
      ['web', `apikey-${made.id}`, expires_at, true, { team: 'a' }],
    )
    const user = is(await ask('GET', `/v1/users/apikey-${made.id}`), 200)
    assert.match(user.alias, /^Virtual user/)
    const read = is(await ask('GET', `/v1/keys/${made.id}`), 200)
    assert.deepEqual([read.key, read.last_used_at], [undefined, null])
    is(await ask('POST', '/v1/chat/completions', question(), made.key), 200)
    const used = is(await ask('GET', `/v1/keys/${made.id}`), 200)
    assert.ok(Date.parse(used.last_used_at) > 0)
    const listed = is(await ask('GET', '/v1/keys?limit=1000'), 200)
    assert.ok(listed.some(({ id }: { id: string }) => id === made.id))
    const changed = is(await ask('PATCH', `/v1/keys/${made.id}`, { is_active: false, key_name: 'old' }), 200)
    assert.deepEqual([changed.is_active, changed.key_name], [false, 'old'])
    assert.match(is(await ask('POST', '/v1/chat/completions', question(), made.key), 401).detail, /API key is inactive/)
    const removed = await ask('DELETE', `/v1/keys/${made.id}`)
    assert.deepEqual([removed.status, removed.text], [204, ''])
    is(await ask('GET', `/v1/keys/${made.id}`), 404)
    is(await ask('DELETE', `/v1/keys/${made.id}`), 404)
    assert.match(is(await ask('POST', '/v1/chat/completions', question(), made.key), 401).detail, /Invalid API key/)
  })

  test('make a user that a key names and that is not there', async () => {
    const made = is(await ask('POST', '/v1/keys', { user_id: 'late/comer' }), 200)
    assert.equal(made.user_id, 'late/comer')
    assert.equal(is(await ask('GET', `/v1/users/${encodeURIComponent('late/comer')}`), 200).user_id, 'late/comer')
  })

  test('keep users: one of an id, with alias, block, metadata; deleted with their keys and made again', async () => {
    const wish = { user_id: 'ada', alias: 'Ada', metadata: { floor: 3 } }
    const made = is(await ask('POST', '/v1/users', wish), 200)
    assert.deepEqual(
      [
        made.user_id,
        made.alias,
        made.spend,
        made.budget_id,
        made.budget_started_at,
        made.next_budget_reset_at,
        made.blocked,
      ],
      ['ada', 'Ada', 0, null, null, null, false],
    )
    assert.match(is(await ask('POST', '/v1/users', wish), 409).detail, /already exists/)
    const { key } = is(await ask('POST', '/v1/keys', { user_id: 'ada' }), 200)
    is(await ask('POST', '/v1/chat/completions', critical(), key), 200)
    const spent = is(await ask('GET', '/v1/users/ada'), 200).spend
    assert.ok(spent > 0, 'what was spent is shown')
    const usage = is(await ask('GET', '/v1/users/ada/usage'), 200)
    assert.equal(usage.length, 1)
    assert.deepEqual(
      [usage[0].user_id, usage[0].model, usage[0].provider, usage[0].status, usage[0].cost],
      ['ada', 'gpt-4o', 'openai', 'success', spent],
    )
    assert.equal(usage[0].total_tokens, usage[0].prompt_tokens + usage[0].completion_tokens)

    is(await ask('PATCH', '/v1/users/ada', { blocked: true }), 200)
    const refused = await ask('POST', '/v1/chat/completions', question(), key)
    assert.match(is(refused, 403).detail, /blocked/)
    assert.match(is(await ask('POST', '/v1/chat/completions', question({ user: 'ada' })), 403).detail, /blocked/)
    is(await ask('PATCH', '/v1/users/ada', { blocked: false, alias: null }), 200)
    is(await ask('POST', '/v1/chat/completions', question(), key), 200)

    is(await ask('DELETE', '/v1/users/ada'), 204)
    is(await ask('GET', '/v1/users/ada'), 404)
    is(await ask('GET', '/v1/users/ada/usage'), 404)
    is(await ask('POST', '/v1/chat/completions', question(), key), 401)
    is(await ask('POST', '/v1/chat/completions', question({ user: 'ada' })), 404)
    const again = is(await ask('POST', '/v1/users', wish), 200)
    assert.deepEqual([again.spend, again.alias], [0, 'Ada'])
    is(await ask('POST', '/v1/chat/completions', question(), key), 401)
    assert.equal(is(await ask('GET', '/v1/users/ada/usage'), 200).length, 2, 'usage stays')
  })

  test('keep budgets, which hold for their users from the next request on, and leave free models open', async () => {
    const budget = is(await ask('POST', '/v1/budgets', { max_budget: 0.0001, budget_duration_sec: 3600 }), 200)
    assert.deepEqual([budget.max_budget, budget.budget_duration_sec], [0.0001, 3600])
    const user = is(await ask('POST', '/v1/users', { user_id: 'poor', budget_id: budget.budget_id }), 200)
    assert.equal(Date.parse(user.next_budget_reset_at) - Date.parse(user.budget_started_at), 3_600_000)
    const { key } = is(await ask('POST', '/v1/keys', { user_id: 'poor' }), 200)
    const paidOnly = question({ model: 'openai/gpt-4o', max_tokens: 500 })
    const free = await ask('POST', '/v1/chat/completions', paidOnly, key)
    assert.deepEqual([is(free, 200).model, free.headers['x-aegis-provider']], ['llama3.2:8b', 'local_ollama'])
    is(await ask('PATCH', `/v1/budgets/${budget.budget_id}`, { max_budget: 5 }), 200)
    const paid = await ask('POST', '/v1/chat/completions', paidOnly, key)
    assert.equal(paid.headers['x-aegis-provider'], 'openai')
    assert.ok(is(await ask('GET', '/v1/users/poor'), 200).spend > 0)
    is(await ask('DELETE', `/v1/budgets/${budget.budget_id}`), 204)
    assert.equal(is(await ask('GET', '/v1/users/poor'), 200).budget_id, null)
    is(await ask('GET', `/v1/budgets/${budget.budget_id}`), 404)
    is(await ask('POST', '/v1/users', { user_id: 'lost', budget_id: budget.budget_id }), 404)
  })

  test('keep prices: normalised, readable without a key, used by the next request', async () => {
    const set = { model_key: 'openai/gpt-4o', input_price_per_million: 100, output_price_per_million: 200 }
    const price = is(await ask('POST', '/v1/pricing', set), 200)
    assert.deepEqual([price.model_key, price.input_price_per_million], ['openai:gpt-4o', 100])
    assert.equal(is(await ask('GET', '/v1/pricing', undefined, ''), 200)[0].model_key, 'openai:gpt-4o')
    for (const path of ['openai:gpt-4o', 'openai/gpt-4o', encodeURIComponent('openai/gpt-4o')]) {
      assert.equal(is(await ask('GET', `/v1/pricing/${path}`, undefined, ''), 200).output_price_per_million, 200)
    }
    const reply = await ask('POST', '/v1/chat/completions', critical({ user: 'apikey' }))
    is(reply, 404)
    is(await ask('POST', '/v1/users', { user_id: 'rich' }), 200)
    const { usage } = is(await ask('POST', '/v1/chat/completions', critical({ user: 'rich' })), 200)
    const expected = (usage.prompt_tokens * 100 + usage.completion_tokens * 200) / 1e6
    assert.ok(Math.abs(usage.cost - expected) < 1e-9, `${usage.cost} and not ${expected}`)
    is(await ask('DELETE', '/v1/pricing/openai:gpt-4o'), 204)
    is(await ask('GET', '/v1/pricing/openai:gpt-4o'), 404)
    is(await ask('DELETE', '/v1/pricing/openai:gpt-4o'), 404)
  })

  test('name the route of each request in its usage, by its one name', async () => {
    is(await ask('POST', '/v1/users', { user_id: 'routes' }), 200)
    const user = 'routes'
    const local = { model: 'llama3.2:8b', user }
    is(await ask('POST', '/v1/chat/completions', question(local)), 200)
    is(await ask('POST', '/chat/completions', question(local)), 200)
    is(await ask('POST', '/v1/responses', { ...local, input: 'Hi.' }), 200)
    is(await ask('POST', '/v1/completions', { ...local, prompt: 'Hi.' }), 200)
    const messages = [{ role: 'user', content: 'Hi.' }]
    is(await ask('POST', '/v1/messages', { ...local, max_tokens: 9, messages, metadata: { user_id: user } }), 200)
    const rows: { endpoint: string }[] = is(await ask('GET', `/v1/users/${user}/usage`), 200)
    assert.deepEqual(rows.map(({ endpoint }) => endpoint.slice('/v1/'.length)).toReversed(), [
      'chat/completions',
      'chat/completions',
      'responses',
      'completions',
      'messages',
    ])
    assert.deepEqual(is(await ask('GET', `/v1/usage?user_id=${user}`), 200), rows)
  })

  test('list usage by time and user, in pages', async () => {
    is(await ask('POST', '/v1/users', { user_id: 'busy' }), 200)
    for (let index = 0; index < 3; index += 1) {
      is(await ask('POST', '/v1/chat/completions', question({ user: 'busy' })), 200)
    }
    const idsOf = async (query: string) =>
      is(await ask('GET', `/v1/usage?user_id=busy${query}`), 200).map(({ id }: { id: string }) => id)
    const all = await idsOf('')
    assert.equal(all.length, 3)
    assert.deepEqual(await idsOf('&skip=1&limit=1'), [all[1]])
    assert.deepEqual(await idsOf('&skip=3'), [])
    assert.deepEqual(await idsOf('&end_date=2020-01-01'), [])
    assert.deepEqual(await idsOf('&start_date=2020-01-01T00:00:00%2B02:00'), all)
  })

  test('answer 422 with a list in detail, and quote nothing', async () => {
    const canary = 'zebra-canary'
    for (const [method, path, body] of [
      ['GET', '/v1/keys?limit=0', undefined],
      ['GET', '/v1/users?limit=1001', undefined],
      ['GET', '/v1/budgets?skip=-1', undefined],
      ['GET', `/v1/usage?start_date=${canary}`, undefined],
      ['POST', '/v1/users', {}],
      ['POST', '/v1/users', { user_id: `${canary}\n` }],
      ['POST', '/v1/users', `{"user_id": ${canary}`],
      ['POST', '/v1/budgets', { max_budget: -1 }],
      ['POST', '/v1/budgets', { max_budget: canary }],
      ['POST', '/v1/budgets', { budget_duration_sec: 0 }],
      ['POST', '/v1/keys', { expires_at: canary }],
      ['POST', '/v1/keys', { max_data_classification: canary }],
      ['POST', '/v1/pricing', { model_key: 'a', input_price_per_million: 1, output_price_per_million: 1 }],
      ['POST', '/v1/pricing', { model_key: 'a:b', input_price_per_million: -1, output_price_per_million: 1 }],
      ['POST', '/v1/chat/completions', { model: 'auto', messages: [], user: 'busy' }],
      ['POST', '/v1/chat/completions', { model: 'auto', messages: [{ content: canary }], user: 'busy' }],
    ] as const) {
      const answer = await ask(method, path, body)
      const { detail, error } = is(answer, 422)
      assert.equal(detail[0].msg, error.message, path)
      assert.ok(!answer.text.includes(canary), answer.text)
    }
  })

  test('have the methods that they have', async () => {
    const answer = await ask('DELETE', '/v1/users')
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST, GET'])
    assert.equal((await ask('GET', '/v1/nothing')).status, 404)
  })

  test('say of a provider that failed what that gateway says, with 500', async () => {
    await using alone = await startWorld({
      providers: { local_ollama: undefined, ollama_cloud: undefined },
      config: { auth, compat: 'any_llm', routing: { max_retries: 0 } },
    })
    await askAs(`${alone.gateway.url}/v1/users`, 'POST', { user_id: 'u' })
    alone.openai.always({ status: 500 })
    const reply = await askAs(`${alone.gateway.url}/v1/chat/completions`, 'POST', question({ user: 'u' }))
    assert.match(is(reply, 500).detail, /^The request could not be completed by the provider/)
  })
})

test('without compat, pricing needs a key, a budget is 402, and a key that may not manage is 403', async () => {
  await using world = await startWorld({
    providers: { local_ollama: undefined, ollama_cloud: undefined },
    config: { auth },
  })
  const ask = (method: Method, path: string, body?: object, key?: string) =>
    askAs(world.gateway.url + path, method, body, key)
  assert.equal((await ask('GET', '/v1/pricing', undefined, '')).status, 401)
  const budget = (await ask('POST', '/v1/budgets', { max_budget: 0 })).json
  await ask('POST', '/v1/users', { user_id: 'u', budget_id: budget.budget_id })
  const { key } = (await ask('POST', '/v1/keys', { user_id: 'u' })).json
  const reply = await ask('POST', '/v1/chat/completions', question(), key)
  assert.deepEqual([reply.status, reply.json.error.code, reply.json.error.scope], [402, 'budget_exceeded', 'user'])
  assert.match(reply.json.error.message, /budget/)
  const managed = await ask('GET', '/v1/users', undefined, key)
  assert.deepEqual([managed.status, managed.json.error.code], [403, 'key_not_allowed'])
  assert.equal(managed.json.detail, managed.json.error.message)
})

test('a key may not spend the money of another known user, and end users that nobody manages may be named', async () => {
  await using world = await startWorld({ config: { auth } })
  const ask = (body: object, key: string) => askAs(`${world.gateway.url}/v1/chat/completions`, 'POST', body, key)
  await askAs(`${world.gateway.url}/v1/users`, 'POST', { user_id: 'rich' })
  const { key, user_id } = (await askAs(`${world.gateway.url}/v1/keys`, 'POST', {})).json
  const refused = await ask(question({ user: 'rich' }), key)
  assert.deepEqual([refused.status, refused.json.error.code], [403, 'key_not_allowed'])
  assert.equal((await ask(question({ user: 'visitor-17' }), key)).status, 200)
  assert.equal((await world.usage())[0]?.user, user_id)
})

test('users, budgets and prices are there after a restart', async () => {
  using folder = temporaryFolder()
  const config = { auth, ledger: `sqlite:${folder.path}/aegis.db` }
  let key = ''
  {
    await using world = await startWorld({ config, providers: { local_ollama: undefined, ollama_cloud: undefined } })
    const url = world.gateway.url
    const { budget_id } = (await askAs(`${url}/v1/budgets`, 'POST', { max_budget: 0 })).json
    await askAs(`${url}/v1/users`, 'POST', { user_id: 'u', budget_id })
    key = (await askAs(`${url}/v1/keys`, 'POST', { user_id: 'u' })).json.key
    const price = { model_key: 'openai:gpt-4o', input_price_per_million: 0, output_price_per_million: 0 }
    await askAs(`${url}/v1/pricing`, 'POST', price)
  }
  await using world = await startWorld({ config, providers: { local_ollama: undefined, ollama_cloud: undefined } })
  const url = `${world.gateway.url}/v1/chat/completions`
  const free = await askAs(url, 'POST', question(), key)
  assert.deepEqual([free.status, free.json.usage.cost], [200, 0])
  await askAs(`${world.gateway.url}/v1/pricing/openai:gpt-4o`, 'DELETE')
  assert.equal((await askAs(url, 'POST', question(), key)).status, 402)
})

describe('the official client @mozilla-ai/any-llm', () => {
  let world: World
  before(async () => {
    const openai = { models: ['gpt-4o', 'text-embedding-3-small'] }
    world = await startWorld({ providers: { openai }, config: { auth, compat: 'any_llm' } })
  })
  after(() => world[Symbol.asyncDispose]())
  const clientOf = (apiKey: string) => new GatewayClient({ apiBase: world.gateway.url, apiKey })
  const platformOf = (platformToken: string) =>
    new GatewayClient({ apiBase: world.gateway.url, platformToken, openaiOptions: { maxRetries: 0 } })
  const messages = [{ role: 'user' as const, content: 'Hello' }]

  test('completes, streams, embeds and lists models with a key of /v1/keys', async () => {
    const { key } = (await askAs(`${world.gateway.url}/v1/keys`, 'POST', {})).json
    const client = clientOf(key)
    const whole = await client.completion({ model: 'openai:gpt-4o', messages })
    assert.ok('choices' in whole && whole.choices.length === 1)
    const stream = await client.completion({ model: 'openai:gpt-4o', messages, stream: true })
    let pieces = 0
    for await (const _ of stream as AsyncIterable<unknown>) pieces += 1
    assert.ok(pieces > 1)
    const embedded = await client.embedding({ model: 'openai:text-embedding-3-small', input: 'Hello' })
    assert.ok((embedded.data[0]?.embedding.length ?? 0) > 0)
    const models = await client.listModels()
    assert.deepEqual(
      models.map(({ id }) => id),
      ['local_ollama:llama3.2:8b', 'ollama_cloud:gpt-oss:120b', 'openai:gpt-4o', 'openai:text-embedding-3-small'],
    )
  })

  test('calls tools and gives their results back, whole and streamed, and reads usage', async () => {
    const { key } = (await askAs(`${world.gateway.url}/v1/keys`, 'POST', {})).json
    const client = clientOf(key)
    const tools = [
      { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
    ]
    const toolCalls = [{ name: 'weather', arguments: { city: 'Bern' } }]
    for (const streamed of [false, true]) {
      world.openai.next({ toolCalls }, { text: 'Fine.' })
      const asked = { model: 'openai:gpt-4o', messages, tools }
      const calls: { id: string; arguments: string }[] = []
      if (streamed) {
        for await (const { choices } of await client.completion({ ...asked, stream: true })) {
          for (const call of choices[0]?.delta.tool_calls ?? []) {
            const known = calls[call.index] ?? { id: call.id ?? '', arguments: '' }
            known.arguments += call.function?.arguments ?? ''
            calls[call.index] = known
          }
        }
      } else {
        const { choices, usage } = await client.completion(asked)
        for (const call of choices[0]?.message.tool_calls ?? [])
          if (call.type === 'function') calls.push({ id: call.id, arguments: call.function.arguments })
        assert.equal(usage?.total_tokens, (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0))
        assert.ok((usage?.prompt_tokens ?? 0) > 0)
      }
      assert.deepEqual(
        calls.map((call) => JSON.parse(call.arguments)),
        [{ city: 'Bern' }],
      )
      const made = calls.map((call) => ({
        ...{ id: call.id, type: 'function' as const, function: { name: 'weather', arguments: call.arguments } },
      }))
      const reply = await client.completion({
        ...asked,
        messages: [
          ...messages,
          { role: 'assistant', tool_calls: made },
          { role: 'tool', tool_call_id: calls[0]?.id ?? '', content: 'warm' },
        ],
      })
      assert.equal(reply.choices[0]?.message.content, 'Fine.')
    }
  })

  test('gets an answer that keeps a schema, as a chat and as a response', async () => {
    const { key } = (await askAs(`${world.gateway.url}/v1/keys`, 'POST', {})).json
    const client = clientOf(key)
    const schema = { type: 'object', properties: { warm: { type: 'boolean' } }, required: ['warm'] }
    const json_schema = { name: 'weather', schema }
    const chat = await client.completion({
      ...{ model: 'openai:gpt-4o', messages, response_format: { type: 'json_schema', json_schema } },
    })
    assert.deepEqual(JSON.parse(chat.choices[0]?.message.content ?? ''), { warm: true })
    const format = { type: 'json_schema' as const, ...json_schema }
    const response = await client.response({ model: 'openai:gpt-4o', input: 'Hello', text: { format } })
    assert.deepEqual(JSON.parse(response.output_text), { warm: true })
  })

  test('closes the connection to the provider when a stream is aborted', async () => {
    const { key } = (await askAs(`${world.gateway.url}/v1/keys`, 'POST', {})).json
    world.openai.next({ chunks: Array.from({ length: 20_000 }, () => 'word '), chunkGapMs: 2 })
    const before = world.openai.journal.requests.length
    const stream = await clientOf(key).completion({ model: 'openai:gpt-4o', messages, stream: true })
    let seen = 0
    for await (const _ of stream) {
      seen += 1
      if (seen === 5) stream.controller.abort()
    }
    await until(
      () => world.openai.journal.requests[before]?.ended === 'client_closed',
      'the connection to the provider is closed',
    )
  })

  test('tries again what may pass as often as it was told, and what cannot once', async () => {
    const { key } = (await askAs(`${world.gateway.url}/v1/keys`, 'POST', {})).json
    await using alone = await startWorld({
      providers: { local_ollama: undefined, ollama_cloud: undefined },
      config: { routing: { max_retries: 0 } },
    })
    const openaiOptions = { maxRetries: 2 }
    const client = new GatewayClient({ apiBase: alone.gateway.url, apiKey: key, openaiOptions })
    const asked = () => client.completion({ model: 'openai:gpt-4o', messages })
    const sent = async (status: number) => {
      const before = alone.openai.journal.requests.length
      alone.openai.always({ status, headers: { 'retry-after': '0' } })
      await assert.rejects(asked())
      return alone.openai.journal.requests.length - before
    }
    assert.equal(await sent(400), 1)
    assert.ok((await sent(503)) <= 3)
  })

  test('gets its typed errors', async () => {
    const { key } = (await askAs(`${world.gateway.url}/v1/keys`, 'POST', {})).json
    await assert.rejects(platformOf('gw-unknown').completion({ model: 'auto', messages }), AuthenticationError)
    await assert.rejects(platformOf(key).completion({ model: 'nobody-has-this', messages }), ModelNotFoundError)
    const limited = (await askAs(`${world.gateway.url}/v1/keys`, 'POST', { requests_per_minute: 1 })).json.key
    await platformOf(limited).completion({ model: 'auto', messages })
    await assert.rejects(platformOf(limited).completion({ model: 'auto', messages }), (error) => {
      assert.ok(error instanceof RateLimitError)
      assert.ok(Number(error.retryAfter) > 0)
      assert.match(error.message, /correlation_id=/)
      return true
    })
  })

  test('gets 402 as its own error where compat does not make it 403', async () => {
    const paidOnly = { local_ollama: undefined, ollama_cloud: undefined }
    await using poor = await startWorld({ limits: { openai: 0 }, providers: paidOnly, config: { auth } })
    const { key } = (await askAs(`${poor.gateway.url}/v1/keys`, 'POST', {})).json
    const openaiOptions = { maxRetries: 0 }
    const client = new GatewayClient({ apiBase: poor.gateway.url, platformToken: key, openaiOptions })
    await assert.rejects(client.completion({ model: 'auto', messages }), InsufficientFundsError)
  })
})
