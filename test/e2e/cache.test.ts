// Answers that are given again by a real gateway: to whom, for what, and never of restricted data.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import type { ConfigInput } from '../../src/config/schema.ts'
import { askAs, masterKey, withKey } from './access.ts'
import { answerText, events, member, type Reply } from './client.ts'
import { critical, question, startWorld, type World } from './world.ts'

const start = (cache: ConfigInput['cache'] = { enabled: true }) =>
  startWorld({ limits: { openai: 10 }, config: { auth: { master_key: masterKey }, ...(cache ? { cache } : {}) } })
const asked = (world: World) => world.openai.journal.requests.length
const use = ({ headers }: Reply) => headers['x-aegis-cache']
const master = withKey(masterKey)
const certain = (more = {}) => critical({ temperature: 0, ...more })

describe('the response cache', { concurrency: true }, () => {
  test('is off unless it is asked for', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    for (let index = 0; index < 2; index += 1) assert.equal(use(await world.chat(certain())), undefined)
    assert.equal(asked(world), 2)
  })

  test('gives a whole answer again, for nothing, and the usage says so', async () => {
    await using world = await start()
    const first = await world.chat(certain(), master)
    const again = await world.chat(certain(), master)
    assert.deepEqual([use(first), use(again)], ['miss', 'hit'])
    assert.equal(asked(world), 1)
    assert.ok(Number(first.headers['x-aegis-cost-usd']) > 0)
    assert.deepEqual([again.headers['x-aegis-cost-usd'], member(again, 'usage.cost')], ['0', 0])
    assert.deepEqual(
      { ...again.json, usage: { ...(again.json.usage as object), cost: 0 } },
      { ...first.json, usage: { ...(first.json.usage as object), cost: 0 } },
    )
    assert.equal(again.headers['x-aegis-provider'], 'openai')
    await world.atRest()
    const [row] = await world.usage()
    assert.deepEqual([row?.cost, row?.inputTokens, row?.attempts], [0, null, ['openai/gpt-4o:cached']])
  })

  test('gives a stream again as a stream, usage event and end included', async () => {
    await using world = await start()
    const body = certain({ stream: true, stream_options: { include_usage: true } })
    const first = await world.chat(body, master)
    const again = await world.chat(body, master)
    assert.deepEqual([use(first), use(again), asked(world)], ['miss', 'hit', 1])
    assert.equal(answerText(again), answerText(first))
    const costOf = (reply: Reply) => /"cost":([0-9.e-]+)/.exec(reply.text)?.[1]
    assert.ok(Number(costOf(first)) > 0)
    assert.equal(costOf(again), '0')
    assert.deepEqual([events(again.text).at(-1), again.ended], ['[DONE]', 'complete'])
    assert.equal(events(again.text).length, events(first.text).length)
    assert.equal(use(await world.chat(certain(), master)), 'miss', 'a whole answer is another request')
  })

  test('keeps no stream that broke', async () => {
    await using world = await start()
    world.openai.next({ truncateAfter: 3 })
    const body = certain({ stream: true })
    await world.chat(body, master)
    const after = await world.chat(body, master)
    assert.deepEqual([use(after), asked(world), events(after.text).at(-1)], ['miss', 2, '[DONE]'])
  })

  test('is nobody else’s: each key and user has answers of its own', async () => {
    await using world = await start()
    const { keys } = world.gateway.aegis.gateway.access
    const texts = [masterKey, (await keys.create({})).text, (await keys.create({ userId: 'ada' })).text]
    for (const text of texts) assert.equal(use(await world.chat(certain(), withKey(text))), 'miss')
    for (const text of texts) assert.equal(use(await world.chat(certain(), withKey(text))), 'hit')
    assert.equal(asked(world), 3)
  })

  test('has nothing of restricted data, declared, found or undecidable, local or not', async () => {
    await using world = await start()
    const found = [{ role: 'user', content: 'Refund DE89 3704 0044 0532 0130 00, please' }]
    const unreadable = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
        ],
      },
    ]
    for (const body of [
      question({ temperature: 0, aegis: { data_classification: 'pii' } }),
      question({ temperature: 0, model: 'openai/gpt-4o', aegis: { data_classification: 'confidential' } }),
      question({ temperature: 0, messages: found }),
      question({ temperature: 0, model: 'llama3.2:8b', messages: found, stream: true }),
      question({ temperature: 0, messages: unreadable }),
    ]) {
      for (let index = 0; index < 2; index += 1) {
        const reply = await world.chat(body, master)
        if (reply.status === 200) assert.equal(use(reply), 'bypass')
        assert.notEqual(use(reply), 'hit')
      }
    }
    const cache = world.gateway.aegis.gateway.proxy.cache
    assert.equal((cache as unknown as { bytes: number }).bytes, 0)
    assert.ok(!inspect(cache, { depth: 10, showHidden: true }).includes('DE89'))
  })

  test('does not take one level for another', async () => {
    await using world = await start()
    const leveled = (level: string) =>
      world.chat(certain(), { headers: { ...master.headers, 'x-aegis-data-classification': level } })
    assert.equal(use(await leveled('public')), 'miss')
    assert.equal(use(await leveled('internal')), 'miss')
    assert.equal(use(await leveled('pii')), 'bypass')
    assert.equal(use(await leveled('public')), 'hit')
  })

  test('leaves chance alone, unless the configuration says otherwise', async () => {
    await using careful = await start()
    await using generous = await start({ enabled: true, only_deterministic: false })
    for (const [world, expected] of [
      [careful, 'bypass'],
      [generous, 'hit'],
    ] as const) {
      await world.chat(critical(), master)
      assert.equal(use(await world.chat(critical(), master)), expected)
    }
  })

  test('is not used for what a key may not use any more', async () => {
    await using world = await start()
    const { keys } = world.gateway.aegis.gateway.access
    const { key, text } = await keys.create({})
    assert.equal(use(await world.chat(certain(), withKey(text))), 'miss')
    await keys.update(key.id, { providers: ['local_ollama'] })
    const local = await world.chat(certain(), withKey(text))
    assert.deepEqual([local.headers['x-aegis-provider'], use(local)], ['local_ollama', 'miss'])
    await keys.revoke(key.id)
    assert.equal((await world.chat(certain(), withKey(text))).status, 401)
  })

  test('gives nothing of what another candidate stepped in with', async () => {
    await using world = await start()
    world.openai.next({ status: 500 })
    const other = await world.chat(certain(), master)
    assert.notEqual(other.headers['x-aegis-provider'], 'openai')
    const again = await world.chat(certain(), master)
    assert.deepEqual([use(again), again.headers['x-aegis-provider']], ['miss', 'openai'])
  })

  test('answers embeddings and Ollama’s clients too, and costs no tokens of a limit', async () => {
    await using world = await start()
    const limits = { requestsPerMinute: null, tokensPerMinute: 2000, parallelRequests: null }
    const { text } = await world.gateway.aegis.gateway.access.keys.create({ limits })
    world.local_ollama.always({ usage: { prompt_tokens: 900, completion_tokens: 500 } })
    const chat = {
      model: 'llama3.2:8b',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: false,
      options: { temperature: 0, num_predict: 100 },
    }
    for (const expected of ['miss', 'hit', 'hit', 'hit']) {
      const reply = await askAs(`${world.gateway.url}/api/chat`, 'POST', chat, text)
      assert.deepEqual([reply.status, reply.headers['x-aegis-cache']], [200, expected], reply.text)
    }
    const streamed = { ...chat, stream: true }
    const first = await askAs(`${world.gateway.url}/api/chat`, 'POST', streamed, masterKey)
    const second = await askAs(`${world.gateway.url}/api/chat`, 'POST', streamed, masterKey)
    assert.deepEqual([first.headers['x-aegis-cache'], second.headers['x-aegis-cache']], ['miss', 'hit'])
    assert.equal(second.text.trim().split('\n').length, first.text.trim().split('\n').length)
  })
})
