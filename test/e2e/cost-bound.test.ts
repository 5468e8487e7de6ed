// The worst case over real HTTP: what cannot be bounded is not sent to a paid provider, what is short of money is
// counted exactly, and a bill above the worst case is recorded and seen.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fromUsd, type NanoUsd, usdText } from '../../src/domain/money.ts'
import type { JsonObject } from '../../src/testing/index.ts'
import { errorOf, type Reply } from './client.ts'
import { critical, criticalHints, nanoOf, openaiPrice, startWorld, type World } from './world.ts'

const both = [false, true] as const
const way = (stream: boolean) => (stream ? 'streamed' : 'whole')
const answeredBy = (reply: Reply) => reply.headers['x-aegis-provider']
const usd = (nano: number) => usdText(nano as NanoUsd)

/** 10,000 words of a token each in 60,000 bytes; taken for 15,000 tokens. */
const LONG = ' hello'.repeat(10_000).trim()
const long = (more: JsonObject = {}) => critical({ messages: [{ role: 'user', content: LONG }], ...more })

async function candidates(world: World, body: JsonObject) {
  return (await world.explain(body)).json as {
    candidates: { provider: string; verdict: string; unbounded?: string; worst_case_usd?: number }[]
  }
}

describe('a request whose bytes do not fit into the budget', { concurrency: true }, () => {
  for (const stream of both) {
    test(`and whose counted tokens do is sent as it is, ${way(stream)}`, async () => {
      const body = long({ stream, max_tokens: 100 })
      // Enough for 16,000 tokens of input; by its bytes it could have 60,000.
      const limit = nanoOf(16_000, 100, openaiPrice)
      await using world = await startWorld({ limits: { openai: usd(limit) }, providers: { ollama_cloud: undefined } })
      const [openai] = (await candidates(world, body)).candidates
      assert.ok(fromUsd(openai?.worst_case_usd ?? 0) > limit)
      const reply = await world.chat(body)
      assert.equal(answeredBy(reply), 'openai')
      assert.equal(world.openai.journal.requests[0]?.json?.max_tokens, 100)
      await world.atRest()
      assert.ok((await world.budget('openai')).spent <= limit)
    })
  }

  test('gets a longer answer for its money when its tokens are counted', async () => {
    const limit = nanoOf(15_500, 2000, openaiPrice)
    await using world = await startWorld({ limits: { openai: usd(limit) }, providers: { ollama_cloud: undefined } })
    assert.equal(answeredBy(await world.chat(long())), 'openai')
    const cap = Number(world.openai.journal.requests[0]?.json?.max_completion_tokens)
    assert.ok(cap >= 2000 && cap < 2200, `max_completion_tokens was ${cap}`)
  })

  test('is charged no less than its counted input when it is left', async () => {
    const limit = nanoOf(16_000, 100, openaiPrice)
    await using world = await startWorld({ limits: { openai: usd(limit) }, providers: { ollama_cloud: undefined } })
    world.openai.next({ hang: 'mid_stream' })
    const leaver = world.open(long({ stream: true, max_tokens: 100 }))
    await leaver.seen('"content"')
    leaver.leave()
    await world.atRest()
    const { spent } = await world.budget('openai')
    assert.ok(spent >= nanoOf(15_000, 0, openaiPrice) && spent <= limit, usd(spent))
  })

  test('goes to the next candidate when its counted tokens do not fit either', async () => {
    await using world = await startWorld({ limits: { openai: usd(nanoOf(14_000, 0, openaiPrice)) } })
    assert.equal(answeredBy(await world.chat(long({ max_tokens: 100 }))), 'ollama_cloud')
    assert.equal(world.openai.journal.connections.length, 0)
  })
})

describe('a request whose cost cannot be bounded', { concurrency: true }, () => {
  const sound = [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }] }]
  const requests: readonly (readonly [member: string, more: JsonObject])[] = [
    ['service_tier', { service_tier: 'priority' }],
    ['web_search_options', { web_search_options: {} }],
    ['tools', { tools: [{ type: 'web_search' }] }],
    ['messages', { messages: sound, aegis: { ...criticalHints, data_classification: 'public' } }],
    ['modalities', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }],
    ['models', { models: ['gpt-4o', 'o1-pro'] }],
  ]
  for (const [member, more] of requests) {
    test(`because of ${member} is refused with that member's name, and nothing is sent`, async () => {
      await using world = await startWorld({ providers: { local_ollama: undefined, ollama_cloud: undefined } })
      const body = critical(more)
      const reply = await world.chat(body)
      assert.equal(reply.status, 402)
      assert.equal(errorOf(reply).code, 'price_unknown')
      assert.equal(errorOf(reply).param, member)
      assert.match(String(errorOf(reply).message), new RegExp(`openai cannot be bounded because of ${member}: `))
      assert.equal(world.openai.journal.connections.length, 0)
      const [openai] = (await candidates(world, body)).candidates
      assert.equal(openai?.verdict, 'price unknown')
      assert.match(openai?.unbounded ?? '', new RegExp(`^${member}: `))
    })
  }

  test('is answered by a model that is free', async () => {
    await using world = await startWorld({ providers: { ollama_cloud: undefined } })
    const reply = await world.chat(critical({ service_tier: 'priority' }))
    assert.equal(answeredBy(reply), 'local_ollama')
    assert.deepEqual((await world.usage())[0]?.attempts, [
      'openai/gpt-4o:price_unknown',
      'local_ollama/llama3.2:8b:answered',
    ])
  })
})

describe('a bill above the worst case', { concurrency: true }, () => {
  for (const stream of both) {
    test(`is recorded in full, counted and logged without a word of the request, ${way(stream)}`, async () => {
      await using world = await startWorld({ limits: { openai: 10 } })
      const metric = () => world.metric('llm_budget_overruns_total{provider="openai"}')
      await world.chat(critical({ stream, max_tokens: 100, user: 'zebra' }))
      await world.atRest()
      assert.equal(metric(), undefined)
      const before = (await world.budget('openai')).spent
      world.openai.next({ usage: { prompt_tokens: 10_000, completion_tokens: 9000 } })
      await world.chat(critical({ stream, max_tokens: 100, user: 'zebra' }))
      await world.atRest()
      const cost = nanoOf(10_000, 9000, openaiPrice)
      assert.equal((await world.budget('openai')).spent - before, cost)
      assert.equal(metric(), 1)
      const warnings = world.gateway.log.filter(({ event }) => event === 'budget_overrun')
      assert.equal(warnings.length, 1)
      const { level, fields } = warnings[0] ?? assert.fail()
      assert.deepEqual([level, fields.provider, fields.model, fields.cost_usd], ['warn', 'openai', 'gpt-4o', usd(cost)])
      assert.equal(fields.request_id, (await world.usage())[0]?.requestId)
      assert.ok(fromUsd(String(fields.bound_usd)) < cost)
      assert.doesNotMatch(JSON.stringify(world.gateway.log), /capital|zebra/)
    })
  }
})

describe('a price by kinds of token', { concurrency: true }, () => {
  const reply = (usage: JsonObject) =>
    JSON.stringify({
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
      usage,
    })

  test('charges spoken tokens as spoken ones', async () => {
    await using world = await startWorld({
      providers: { openai: { models: ['gpt-audio'] }, ollama_cloud: undefined },
      limits: { openai: 10 },
      config: { pricing: {} },
    })
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 200,
      prompt_tokens_details: { audio_tokens: 900 },
      completion_tokens_details: { audio_tokens: 150 },
    }
    world.openai.next({ rawBody: reply(usage), contentType: 'application/json' })
    const spoken = { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' }, max_tokens: 300 }
    assert.equal(answeredBy(await world.chat(critical(spoken))), 'openai')
    await world.atRest()
    // 2.50 and 10 dollars a million for text, 32 and 64 for sound.
    assert.equal((await world.budget('openai')).spent, 100 * 2500 + 900 * 32_000 + 50 * 10_000 + 150 * 64_000)
  })

  test('charges what was written to the cache as such', async () => {
    await using world = await startWorld({
      providers: { openai: { models: ['gpt-5.6-sol'] }, ollama_cloud: undefined },
      limits: { openai: 10 },
      config: { pricing: {} },
    })
    const details = { cached_tokens: 300, cache_write_tokens: 500 }
    const usage = { prompt_tokens: 1000, completion_tokens: 10, prompt_tokens_details: details }
    world.openai.next({ rawBody: reply(usage), contentType: 'application/json' })
    await world.chat(critical({ max_completion_tokens: 300 }))
    await world.atRest()
    // 4 dollars a million, 0.40 read from the cache, 5 written to it, 20 for output.
    assert.equal((await world.budget('openai')).spent, 200 * 4000 + 300 * 400 + 500 * 5000 + 10 * 20_000)
  })
})

describe('the usage that is charged', { concurrency: true }, () => {
  const event = (chunk: JsonObject) => `data: ${JSON.stringify(chunk)}\n\n`
  const text = (content: string, usage?: JsonObject) =>
    event({ choices: [{ index: 0, delta: { content }, finish_reason: null }], ...(usage ? { usage } : {}) })
  const finish = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  const closing = (usage: JsonObject) => event({ choices: [], usage })
  const DONE = 'data: [DONE]\n\n'
  const streamed = critical({ stream: true, max_tokens: 200 })

  async function chargeOf(rawFrames: string[]) {
    await using world = await startWorld({ limits: { openai: 10 }, providers: { ollama_cloud: undefined } })
    world.openai.next({ rawFrames })
    await world.chat(streamed)
    await world.atRest()
    const [openai] = (await candidates(world, streamed)).candidates
    const bound = fromUsd(openai?.worst_case_usd ?? 0)
    return { spent: (await world.budget('openai')).spent, quality: (await world.usage())[0]?.usageQuality, bound }
  }

  test('is the final one and not a placeholder before it', async () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0 }
    const early = { prompt_tokens: 11, completion_tokens: 1 }
    const real = { prompt_tokens: 11, completion_tokens: 3 }
    for (const first of [zeros, early]) {
      const { spent, quality } = await chargeOf([text('Paris', first), finish, closing(real), DONE])
      assert.deepEqual([spent, quality], [nanoOf(11, 3, openaiPrice), 'reported'])
    }
  })

  test('may come after the finish reason, in a chunk of its own or with the last content', async () => {
    const usage = { prompt_tokens: 11, completion_tokens: 3 }
    for (const frames of [
      [text('Paris'), finish, closing(usage), DONE],
      [text('Paris', usage), finish, DONE],
    ])
      assert.equal((await chargeOf(frames)).spent, nanoOf(11, 3, openaiPrice))
  })

  test('is none when it counts no output of an answer that was delivered', async () => {
    const usage = { prompt_tokens: 11, completion_tokens: 0 }
    const { spent, quality, bound } = await chargeOf([text('Paris'), finish, closing(usage), DONE])
    assert.deepEqual([spent, quality], [bound, 'estimated'])
  })

  test('of a whole answer is none when it counts no output and there is some', async () => {
    await using world = await startWorld({ limits: { openai: 10 }, providers: { ollama_cloud: undefined } })
    const answer = (content: string) => ({
      rawBody: JSON.stringify({
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 11, completion_tokens: 0 },
      }),
      contentType: 'application/json',
    })
    const spentOn = async (content: string) => {
      const before = (await world.budget('openai')).spent
      world.openai.next(answer(content))
      await world.chat(critical({ max_tokens: 200 }))
      await world.atRest()
      return (await world.budget('openai')).spent - before
    }
    assert.equal(await spentOn(''), nanoOf(11, 0, openaiPrice))
    assert.ok((await spentOn('Paris')) >= nanoOf(11, 200, openaiPrice))
  })

  test('counts thoughts that a vendor has in the total only', async () => {
    const usage = { prompt_tokens: 11, completion_tokens: 3, total_tokens: 64 }
    assert.equal((await chargeOf([text('Paris'), finish, closing(usage), DONE])).spent, nanoOf(11, 53, openaiPrice))
  })

  test('of a stream that breaks off is at least what it had reported', async () => {
    const running = (completion_tokens: number) => ({ prompt_tokens: 11, completion_tokens })
    const { spent, quality, bound } = await chargeOf([text('Pa', running(90)), text('ris', running(150))])
    assert.equal(quality, 'estimated')
    assert.ok(spent >= nanoOf(11, 150, openaiPrice) && spent <= bound, usd(spent))
  })
})
