// Budgets over real HTTP: what the ledger records is what the upstream billed, and no limit is passed by a reservation.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fromUsd, type NanoUsd, usdText } from '../../src/domain/money.ts'
import type { Behaviour, JsonObject, RecordedRequest, Upstream } from '../../src/testing/index.ts'
import { type Ask, answerText, errorOf, events, member, type Reply } from './client.ts'
import { cloudPrice, critical, criticalHints, nanoOf, openaiPrice, question, startWorld, type World } from './world.ts'

const both = [false, true] as const
const way = (stream: boolean) => (stream ? 'streamed' : 'whole')

/** What a provider would charge for everything in its journal, in nano-dollars. */
function billedBy(upstream: Upstream, price: { readonly input: number; readonly output: number }): number {
  return upstream.journal.requests.reduce((sum, request) => sum + billOf(request, price), 0)
}

function billOf({ billed }: RecordedRequest, price: { readonly input: number; readonly output: number }): number {
  return billed ? nanoOf(billed.inputTokens, billed.outputTokens, price) : 0
}

/** The worst case of a request at openai, as `/v1/explain` gives it, in nano-dollars. */
async function worstCase(world: World, body: JsonObject, provider = 'openai'): Promise<number> {
  const { candidates } = (await world.explain(body)).json as {
    candidates?: { provider: string; worst_case_usd: number }[]
  }
  const found = candidates?.find((one) => one.provider === provider)
  assert.ok(found, 'explain did not list the provider')
  return fromUsd(found.worst_case_usd)
}

const usd = (nano: number) => usdText(nano as NanoUsd)
const answeredBy = (reply: Reply | undefined) => reply?.headers['x-aegis-provider']

describe('a budget of ten dollars', { concurrency: true }, () => {
  for (const stream of both) {
    test(`is spent to the nano-dollar that the upstream billed, ${way(stream)}, and then the answer is local`, async () => {
      // A hundred times the real price, so that a few dozen answers use the budget up.
      const price = { input: 250_000, output: 1_000_000 * 10 }
      const dear = { input_per_million: 250, output_per_million: 10_000 }
      await using world = await startWorld({
        limits: { openai: 10 },
        budgets: { min_output_tokens: 4 },
        config: { pricing: { openai: { '*': dear } } },
        providers: { ollama_cloud: undefined },
      })
      let paid = 0
      let local: Reply | undefined
      while (!local && paid < 1000) {
        const reply = await world.chat(critical({ stream, max_tokens: 40 }))
        assert.equal(reply.status, 200)
        if (answeredBy(reply) === 'openai') paid += 1
        else local = reply
        await world.atRest()
        assert.ok((await world.budget('openai')).spent <= fromUsd(10), 'the limit was passed')
      }
      assert.ok(local && paid > 20, `${paid} paid answers`)
      assert.equal(local.headers['x-aegis-reason'], 'fallback')
      assert.equal(local.headers['x-aegis-location'], 'local')
      assert.match(answerText(local), /local/)
      const { spent, limit } = await world.budget('openai')
      assert.equal(spent, billedBy(world.openai, price))
      assert.equal((await world.costs()).openai, spent)
      assert.ok(limit - spent < nanoOf(300, 5, price), 'a shorter answer was still affordable')
      assert.equal(world.openai.journal.requests.length, paid)

      const again = await world.chat(critical({ stream, max_tokens: 40 }))
      assert.equal(answeredBy(again), 'local_ollama')
      assert.equal(world.openai.journal.requests.length, paid)
    })
  }

  test('shows the same figures in the ledger, on the status page and in the metrics', async () => {
    await using world = await startWorld({ limits: { openai: 10, ollama_cloud: 5 } })
    await world.chat(critical())
    await world.chat(critical({ stream: true }))
    await world.chat(question({ aegis: { batch_size: 20 }, stream: true }))
    await world.chat(question({ aegis: { batch_size: 20 } }))
    await world.atRest()
    const status = world.gateway.aegis.gateway.systemStatus()
    for (const [provider, upstream, price] of [
      ['openai', world.openai, openaiPrice],
      ['ollama_cloud', world.ollama_cloud, cloudPrice],
    ] as const) {
      const { spent } = await world.budget(provider)
      assert.ok(spent > 0)
      assert.equal(spent, billedBy(upstream, price))
      assert.equal((await world.costs())[provider], spent)
      assert.equal(status.budgets.find(({ subject }) => subject === provider)?.spent_usd, Number(usd(spent)))
      assert.equal(world.metric(`llm_cost_usd_total{provider="${provider}"}`), Number(usd(spent)))
    }
    const decided = status.decisions.reduce((sum, { cost_usd }) => sum + fromUsd(cost_usd), 0)
    assert.equal(decided, (await world.budget('openai')).spent + (await world.budget('ollama_cloud')).spent)
  })
})

describe('two hundred concurrent requests', { concurrency: true }, () => {
  const body = (stream: boolean) => critical({ stream, max_tokens: 1000 })
  /** Both have the same length, so that all have the same worst case. */
  const bytes = (stream: boolean) => JSON.stringify(body(stream)).replace('true', 'true ')

  async function worldForThree(): Promise<{ world: World; bound: number }> {
    let bound: number
    {
      await using free = await startWorld({ limits: { openai: 100 } })
      bound = await worstCase(free, body(false))
    }
    const world = await startWorld({
      limits: { openai: usd(bound * 3 + bound - 1) },
      budgets: { min_output_tokens: 1000 },
      providers: { ollama_cloud: undefined },
    })
    return { world, bound }
  }

  test('get exactly the three paid answers that the budget holds, and the others answer locally', async () => {
    const { world, bound } = await worldForThree()
    await using _ = world
    const prompt = (bound - 1000 * openaiPrice.output) / openaiPrice.input
    world.openai.always({ usage: { prompt_tokens: prompt, completion_tokens: 1000 } })
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_unused, index) => world.chat(bytes(index % 2 === 0))),
    )
    await world.atRest()
    for (const reply of replies) assert.equal(reply.status, 200)
    assert.equal(replies.filter((reply) => answeredBy(reply) === 'openai').length, 3)
    assert.equal(replies.filter((reply) => answeredBy(reply) === 'local_ollama').length, 197)
    assert.equal(world.openai.journal.requests.length, 3)
    assert.equal(world.local_ollama.journal.requests.length, 197)
    assert.equal((await world.budget('openai')).spent, bound * 3)
    assert.equal((await world.budget('openai')).reserved, 0)
  })

  test('are not delayed by the paid ones that hang, and what those held is free again when they are left', async () => {
    const { world, bound } = await worldForThree()
    await using _ = world
    world.openai.always({ hang: 'before_headers' })
    const asks = Array.from({ length: 200 }, (_unused, index) => world.open(bytes(index % 2 === 0)))
    const answered = new Set<Ask>()
    const { promise, resolve } = Promise.withResolvers<void>()
    for (const one of asks) {
      one.reply.then(
        (reply) => {
          assert.equal(answeredBy(reply), 'local_ollama')
          if (answered.add(one).size === 197) resolve()
        },
        () => {},
      )
    }
    await promise
    assert.equal(world.openai.journal.requests.length, 3)
    assert.equal((await world.budget('openai')).reserved, bound * 3)
    for (const one of asks) if (!answered.has(one)) one.leave()
    await world.atRest()
    const inputOnly = bound - 1000 * openaiPrice.output
    assert.equal((await world.budget('openai')).spent, inputOnly * 3, 'each that was left costs its input')
  })

  test('see a budget error that says what requests in flight hold, with Retry-After', async () => {
    let bound: number
    {
      await using free = await startWorld({ limits: { openai: 100 } })
      bound = await worstCase(free, body(false))
    }
    await using world = await startWorld({
      limits: { openai: usd(bound) },
      budgets: { on_exceeded: 'reject', min_output_tokens: 1000 },
    })
    world.openai.always({ hang: 'before_headers' })
    const holding = world.open(body(false))
    await world.openai.journal.waitFor(() => true, 60_000)
    const refused = await world.chat(body(false))
    assert.equal(refused.status, 402)
    assert.equal(errorOf(refused).reserved, Number(usd(bound)))
    assert.equal(errorOf(refused).spent, 0)
    assert.ok(Number(refused.headers['retry-after']) > 0)
    holding.leave()
    await world.atRest()
  })
})

describe('a request that does not say how long its answer may be', { concurrency: true }, () => {
  for (const stream of both) {
    test(`is asked for the answer that is still affordable, ${way(stream)}`, async () => {
      await using world = await startWorld({ limits: { openai: '0.02' }, providers: { ollama_cloud: undefined } })
      const reply = await world.chat(critical({ stream }))
      assert.equal(answeredBy(reply), 'openai')
      const cap = Number(world.openai.journal.requests[0]?.json?.max_completion_tokens)
      assert.ok(cap >= 64 && cap < 2000, `max_completion_tokens was ${cap}`)
      assert.ok(cap * openaiPrice.output < fromUsd('0.02'))
    })
  }

  test('has its own higher cap lowered, under the name that it used', async () => {
    for (const name of ['max_tokens', 'max_completion_tokens']) {
      await using world = await startWorld({ limits: { openai: '0.02' }, providers: { ollama_cloud: undefined } })
      await world.chat(critical({ [name]: 16_000 }))
      const sent = world.openai.journal.requests[0]?.json ?? {}
      assert.ok(Number(sent[name]) >= 64 && Number(sent[name]) < 2000)
      assert.equal(sent[name === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'], undefined)
    }
  })

  test('has a cap for each of its choices', async () => {
    await using world = await startWorld({ limits: { openai: '0.02' }, providers: { ollama_cloud: undefined } })
    await world.chat(critical({ n: 4 }))
    const cap = Number(world.openai.journal.requests[0]?.json?.max_completion_tokens)
    assert.ok(cap >= 64 && cap * 4 * openaiPrice.output < fromUsd('0.02'), `max_completion_tokens was ${cap}`)
  })

  test('goes to the next candidate when not even the smallest answer is affordable', async () => {
    await using world = await startWorld({ limits: { openai: '0.0009' } })
    const reply = await world.chat(critical())
    assert.equal(answeredBy(reply), 'ollama_cloud')
    assert.equal(reply.headers['x-aegis-attempts'], '2')
    assert.equal(world.openai.journal.requests.length, 0)
    assert.equal(world.openai.journal.connections.length, 0)
  })

  test('is asked of Ollama Cloud with num_predict', async () => {
    await using world = await startWorld({ limits: { ollama_cloud: '0.002' }, providers: { openai: undefined } })
    const reply = await world.chat(question({ aegis: { batch_size: 20 } }))
    assert.equal(answeredBy(reply), 'ollama_cloud')
    const options = world.ollama_cloud.journal.requests[0]?.json?.options as { num_predict?: number } | undefined
    assert.ok(Number(options?.num_predict) * cloudPrice.output < fromUsd('0.002'), JSON.stringify(options))
  })
})

describe('an exhausted budget', { concurrency: true }, () => {
  const broke = { openai: 0, ollama_cloud: 0 }

  test('is a 402 that names scope, limit, spent, reserved, reset and rule, when exceeding is to be refused', async () => {
    await using world = await startWorld({ limits: { openai: 0 }, budgets: { on_exceeded: 'reject' } })
    for (const stream of both) {
      const reply = await world.chat(critical({ stream }))
      assert.equal(reply.status, 402)
      const error = errorOf(reply)
      assert.equal(error.code, 'budget_exceeded')
      assert.equal(error.source, 'gateway')
      assert.deepEqual(
        [error.scope, error.subject, error.limit, error.spent, error.reserved, error.rule],
        ['provider', 'openai', 0, 0, 0, 'budgets.monthly_limits.openai'],
      )
      assert.ok(Date.parse(String(error.resets_at)) > Date.now())
      assert.match(String(error.message), /openai.*\$0/s)
      assert.equal(reply.headers['x-should-retry'], 'false')
    }
    assert.equal(world.openai.journal.connections.length, 0)
    assert.equal(world.ollama_cloud.journal.connections.length, 0)
    assert.equal(world.local_ollama.journal.connections.length, 0)
  })

  test('is a 402 when no provider is free', async () => {
    await using world = await startWorld({ limits: broke, providers: { local_ollama: undefined } })
    const reply = await world.chat(critical())
    assert.equal(reply.status, 402)
    assert.equal(errorOf(reply).subject, 'openai')
    assert.deepEqual(
      (errorOf(reply).attempts as { provider: string; result: string }[]).map(({ provider, result }) => [
        provider,
        result,
      ]),
      [
        ['openai', 'budget_exceeded'],
        ['ollama_cloud', 'budget_exceeded'],
      ],
    )
    await world.atRest()
  })

  test('can have another status', async () => {
    await using world = await startWorld({
      limits: broke,
      budgets: { exceeded_status: 429 },
      providers: { local_ollama: undefined },
    })
    assert.equal((await world.chat(critical())).status, 429)
  })

  test('does not close free local models, asked for by rule, by name or by tier', async () => {
    await using world = await startWorld({ limits: broke, budgets: { on_exceeded: 'reject' } })
    for (const model of ['auto', 'llama3.2:8b', 'local_ollama/llama3.2:8b', 'auto:local']) {
      for (const stream of both) {
        const reply = await world.chat(question({ model, stream }))
        assert.equal(reply.status, 200, model)
        assert.equal(answeredBy(reply), 'local_ollama')
      }
    }
    assert.deepEqual(await world.costs(), { local_ollama: 0 })
  })

  test('hands a request over to a provider that still has money', async () => {
    await using world = await startWorld({ limits: { openai: 0, ollama_cloud: 1 } })
    const reply = await world.chat(critical({ stream: true }))
    assert.equal(answeredBy(reply), 'ollama_cloud')
    await world.atRest()
    assert.equal((await world.budget('ollama_cloud')).spent, billedBy(world.ollama_cloud, cloudPrice))
  })
})

describe('a model without a known price', { concurrency: true }, () => {
  test('is refused with the line that would give it one, and nothing is sent', async () => {
    await using world = await startWorld({
      providers: { local_ollama: undefined, ollama_cloud: undefined, openai: { models: ['mystery-1'] } },
      config: { pricing: {} },
    })
    const reply = await world.chat(question({ model: 'mystery-1' }))
    assert.equal(reply.status, 402)
    assert.equal(errorOf(reply).code, 'price_unknown')
    assert.match(String(errorOf(reply).message), /pricing: \{ openai: \{ "mystery-1": \{ input_per_million/)
    assert.equal(reply.headers['x-should-retry'], 'false')
    assert.equal(world.openai.journal.connections.length, 0)
  })

  test('is answered by the local model instead', async () => {
    await using world = await startWorld({
      providers: { openai: { models: ['mystery-1'] }, ollama_cloud: undefined },
      config: { pricing: {} },
    })
    const reply = await world.chat(question({ model: 'openai/mystery-1' }))
    assert.equal(reply.status, 200)
    assert.equal(answeredBy(reply), 'local_ollama')
    assert.deepEqual((await world.usage())[0]?.attempts, [
      'openai/mystery-1:price_unknown',
      'local_ollama/llama3.2:8b:answered',
    ])
    assert.equal(world.openai.journal.connections.length, 0)
  })

  test('is not taken as free because a caller invents its name', async () => {
    await using world = await startWorld({ providers: { local_ollama: undefined, ollama_cloud: undefined } })
    const reply = await world.chat(question({ model: 'openai/gpt-9-imagined' }))
    assert.equal(errorOf(reply).code, 'price_unknown')
    assert.equal(world.openai.journal.connections.length, 0)
  })
})

describe('usage', { concurrency: true }, () => {
  const cached = {
    prompt_tokens: 2_000,
    completion_tokens: 50,
    prompt_tokens_details: { cached_tokens: 1_536 },
  } as const
  const cachedCost =
    464 * openaiPrice.input + cached.prompt_tokens_details.cached_tokens * openaiPrice.cached + 50 * openaiPrice.output

  for (const stream of both) {
    for (const wanted of stream ? both : [false]) {
      const body = critical({ stream, max_tokens: 200, ...(wanted ? { stream_options: { include_usage: true } } : {}) })
      const how = `${way(stream)}${wanted ? ', asked for' : ''}`

      for (const usage of ['present', 'late', 'inline'] as const) {
        test(`that is ${usage} is priced as reported, ${how}`, async () => {
          await using world = await startWorld({ limits: { openai: 10 } })
          world.openai.next({ usage })
          await world.chat(body)
          await world.atRest()
          assert.equal((await world.budget('openai')).spent, billedBy(world.openai, openaiPrice))
          assert.equal((await world.usage())[0]?.usageQuality, 'reported')
        })
      }

      test(`with cached tokens has their price for them, ${how}`, async () => {
        await using world = await startWorld({ limits: { openai: 10 } })
        world.openai.next({ usage: cached })
        await world.chat(body)
        await world.atRest()
        assert.equal((await world.budget('openai')).spent, cachedCost)
        assert.equal((await world.usage())[0]?.cachedInputTokens, 1_536)
      })

      for (const usage of ['absent', 'zero'] as const) {
        test(`that is ${usage} is not free: the worst case is charged as an estimate, ${how}`, async () => {
          await using world = await startWorld({ limits: { openai: 10 } })
          const bound = await worstCase(world, body)
          world.openai.next({ usage })
          const reply = await world.chat(body)
          assert.equal(reply.status, 200)
          await world.atRest()
          assert.equal((await world.budget('openai')).spent, bound)
          assert.ok(bound >= billedBy(world.openai, openaiPrice))
          assert.equal((await world.usage())[0]?.usageQuality, 'estimated')
          if (!stream) assert.equal(reply.headers['x-aegis-cost-usd'], usd(bound))
        })
      }

      test(`above the worst case is recorded in full and counts against the next request, ${how}`, async () => {
        await using world = await startWorld({ limits: { openai: '0.05' }, providers: { ollama_cloud: undefined } })
        world.openai.next({ usage: { prompt_tokens: 10_000, completion_tokens: 9_000 } })
        assert.equal(answeredBy(await world.chat(body)), 'openai')
        await world.atRest()
        const { spent, limit } = await world.budget('openai')
        assert.equal(spent, nanoOf(10_000, 9_000, openaiPrice))
        assert.ok(spent > limit)
        assert.equal(answeredBy(await world.chat(body)), 'local_ollama')
        assert.equal(world.openai.journal.requests.length, 1)
      })

      test(`costs the same decimal for the client, in the ledger and in the budget, ${how}`, async () => {
        await using world = await startWorld({ limits: { openai: 10 } })
        world.openai.next({ usage: { prompt_tokens: 1_234, completion_tokens: 77 } })
        const reply = await world.chat(body)
        await world.atRest()
        const expected = usd(nanoOf(1_234, 77, openaiPrice))
        assert.equal(usd((await world.budget('openai')).spent), expected)
        assert.equal(usd((await world.usage())[0]?.cost ?? 0), expected)
        const shown = [...reply.text.matchAll(/"cost":([^,}]+)/g)].map(([, text]) => text)
        assert.deepEqual(shown, !stream || wanted ? [expected] : [])
        if (!stream) assert.equal(reply.headers['x-aegis-cost-usd'], expected)
      })
    }
  }

  test('of an Ollama Cloud answer that reports none is the worst case', async () => {
    for (const stream of both) {
      await using world = await startWorld({ limits: { ollama_cloud: 10 } })
      const body = question({ aegis: { batch_size: 20 }, stream, max_tokens: 100 })
      const bound = await worstCase(world, body, 'ollama_cloud')
      world.ollama_cloud.next({ usage: 'absent' })
      await world.chat(body)
      await world.atRest()
      assert.equal((await world.budget('ollama_cloud')).spent, bound)
      assert.equal((await world.usage())[0]?.usageQuality, 'estimated')
    }
  })

  test('that already has a cost of the provider shows ours, once', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    const usage = { cost: 0.5, prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, cost_details: { cost: 1 } }
    const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }]
    world.openai.next({ rawBody: JSON.stringify({ id: 'x', object: 'chat.completion', choices, usage }) })
    const expected = usd(nanoOf(100, 10, openaiPrice))
    const whole = await world.chat(critical())
    assert.equal(member(whole, 'usage.cost'), Number(expected))
    assert.equal(whole.text.match(/"cost":/g)?.length, 2, whole.text)
    assert.equal(member(whole, 'usage.cost_details.cost'), 1)

    const chunk = (more: JsonObject) =>
      `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', ...more })}\n\n`
    world.openai.next({
      rawFrames: [
        chunk({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] }),
        chunk({ choices: [], usage, x_vendor: { usage: { prompt_tokens: 1 } } }),
        'data: [DONE]\n\n',
      ],
    })
    const streamed = await world.chat(critical({ stream: true, stream_options: { include_usage: true } }))
    const last = JSON.parse(events(streamed.text).at(-2) ?? '') as { usage?: { cost?: number } }
    assert.equal(last.usage?.cost, Number(expected))
  })
})

describe('leaving early', { concurrency: true }, () => {
  test('is not free: the input and what was delivered are charged, at least what the upstream billed', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    const body = critical({ stream: true, max_tokens: 500 })
    const bound = await worstCase(world, body)
    world.openai.always({ chunks: ['one ', 'two ', 'three ', 'four ', 'five '], hang: 'mid_stream' })
    const leaver = world.open(body)
    await leaver.seen('one ')
    leaver.leave()
    await world.atRest()
    const { spent } = await world.budget('openai')
    const billed = billedBy(world.openai, openaiPrice)
    assert.ok(billed > 0 && spent >= billed, `${spent} recorded, ${billed} billed`)
    assert.ok(spent < bound)
    const [row] = await world.usage()
    assert.equal(row?.status, 'client_closed')
    assert.equal(row?.httpStatus, 499)
    assert.equal(row?.usageQuality, 'estimated')
    assert.equal(row?.cost, spent)
    assert.deepEqual(await world.costs(), { openai: spent })
  })

  test('before the first token costs the input', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    for (const hang of ['before_headers', 'after_headers'] as const) {
      const before = (await world.budget('openai')).spent
      world.openai.next({ hang })
      const leaver = world.open(critical({ stream: true, max_tokens: 500 }))
      const seen = world.openai.journal.requests.length
      await world.openai.journal.waitUntil(
        () =>
          world.openai.journal.requests.length > seen &&
          (world.openai.journal.requests.at(-1)?.rawBody.length ?? 0) > 0,
        10_000,
      )
      leaver.leave()
      await world.atRest()
      const charged = (await world.budget('openai')).spent - before
      assert.ok(charged >= billOf(world.openai.journal.requests.at(-1) as RecordedRequest, openaiPrice))
      assert.ok(charged > 0 && charged < 500 * openaiPrice.output)
    }
  })

  test('after the last frame, as the SDKs do, is priced by the usage that had come', async () => {
    for (const wanted of both) {
      await using world = await startWorld({ limits: { openai: 10 } })
      world.openai.next({
        rawFrames: [
          'data: {"choices":[{"index":0,"delta":{"content":"Paris"},"finish_reason":null}]}\n\n',
          'data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":3}}\n\n',
          'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
        ],
        hang: 'mid_stream',
      })
      const options = wanted ? { stream_options: { include_usage: true } } : {}
      const leaver = world.open(critical({ stream: true, ...options }))
      await leaver.seen('"finish_reason":"stop"')
      leaver.leave()
      await world.atRest()
      assert.equal((await world.budget('openai')).spent, nanoOf(11, 3, openaiPrice))
    }
  })

  test('a whole answer costs its input', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    world.openai.next({ hang: 'after_headers' })
    const leaver = world.open(critical({ max_tokens: 500 }))
    await world.openai.journal.waitFor(({ billed }) => billed !== undefined, 60_000)
    leaver.leave()
    await world.atRest()
    const { spent } = await world.budget('openai')
    assert.ok(spent > 0 && spent < 500 * openaiPrice.output)
  })
})

describe('an attempt that failed', { concurrency: true }, () => {
  const unbilled: readonly (readonly [name: string, behaviour: Behaviour])[] = [
    ['400', { status: 400 }],
    ['401', { status: 401 }],
    ['404', { status: 404 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['a redirect', { redirectTo: 'http://127.0.0.1:1/' }],
  ]
  for (const [name, behaviour] of unbilled) {
    test(`with ${name} costs nothing and holds nothing`, async () => {
      await using world = await startWorld({ limits: { openai: 10, ollama_cloud: 10 } })
      world.openai.always(behaviour)
      world.ollama_cloud.always(behaviour)
      for (const stream of both) await world.chat(critical({ stream }))
      await world.atRest()
      assert.equal((await world.budget('openai')).spent, 0)
      assert.equal((await world.budget('ollama_cloud')).spent, 0)
    })
  }

  test('because the connection was refused costs nothing', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    await world.openai.stopListening()
    for (const stream of both) assert.equal(answeredBy(await world.chat(critical({ stream }))), 'ollama_cloud')
    await world.atRest()
    assert.equal((await world.budget('openai')).spent, 0)
  })

  test('with an error as the first event of its stream costs nothing', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    world.openai.next({ inBandErrorAfter: 0 })
    assert.equal(answeredBy(await world.chat(critical({ stream: true }))), 'ollama_cloud')
    await world.atRest()
    assert.equal((await world.budget('openai')).spent, 0)
  })

  for (const stream of both) {
    test(`after it was sent is charged in full where it was caused, and the answer where it was given, ${way(stream)}`, async () => {
      await using world = await startWorld({ limits: { openai: 10, ollama_cloud: 10 } })
      const body = critical({ stream, max_tokens: 100 })
      const bound = await worstCase(world, body)
      world.openai.next({ disconnectAfter: stream ? 1 : 0 })
      const reply = await world.chat(body)
      assert.equal(answeredBy(reply), 'ollama_cloud')
      await world.atRest()
      const answer = billedBy(world.ollama_cloud, cloudPrice)
      assert.deepEqual(await world.costs(), { openai: bound, ollama_cloud: answer })
      assert.equal((await world.budget('openai')).spent, bound)
      assert.equal((await world.budget('ollama_cloud')).spent, answer)
      assert.equal(world.metric('llm_cost_usd_total{provider="openai"}'), Number(usd(bound)))
      assert.equal(world.metric('llm_cost_usd_total{provider="ollama_cloud"}'), Number(usd(answer)))
      const [row] = await world.usage()
      assert.equal(row?.provider, 'ollama_cloud')
      assert.equal(row?.model, 'gpt-oss:120b')
      assert.equal(row?.cost, bound + answer)
      assert.deepEqual(row?.attempts, ['openai/gpt-4o:truncated', 'ollama_cloud/gpt-oss:120b:answered'])
    })
  }

  test('in the middle of its stream is charged no less than it was billed', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    for (const fault of [{ disconnectAfter: 5 }, { truncateAfter: 5 }, { inBandErrorAfter: 5 }] as const) {
      world.openai.journal.clear()
      const before = (await world.budget('openai')).spent
      world.openai.next(fault)
      const reply = await world.chat(critical({ stream: true, max_tokens: 100 }))
      assert.ok(errorOf(reply).message)
      await world.atRest()
      const charged = (await world.budget('openai')).spent - before
      assert.ok(charged >= billedBy(world.openai, openaiPrice) && charged > 0)
      assert.equal((await world.usage())[0]?.status, 'interrupted')
    }
  })

  test('is never the reason that a budget stays full: after a storm of failures nothing is reserved', async () => {
    await using world = await startWorld({
      limits: { openai: 1000, ollama_cloud: 1000 },
      providers: { openai: { first_byte_timeout_ms: 300, idle_timeout_ms: 300 } },
    })
    const faults: Behaviour[] = [
      { status: 500 },
      { disconnectAfter: -1 },
      { disconnectAfter: 0 },
      { disconnectAfter: 3 },
      { truncateAfter: 2 },
      { inBandErrorAfter: 0 },
      { inBandErrorAfter: 4 },
      { rawBody: '{', rawFrames: ['data: {\n\n'] },
      { rawBody: '', rawFrames: [] },
      { hang: 'before_headers' },
      { hang: 'mid_stream' },
      {},
    ]
    world.openai.next(...faults, ...faults, ...faults, ...faults)
    world.ollama_cloud.next(...faults.slice(0, 9), ...faults.slice(0, 9))
    await Promise.all(
      Array.from({ length: faults.length * 4 }, (_unused, index) =>
        world.chat(question({ aegis: criticalHints, stream: index % 2 === 0, max_tokens: 50 })),
      ),
    )
    await world.atRest()
    const recorded = (await world.budget('openai')).spent
    assert.ok(recorded >= billedBy(world.openai, openaiPrice), 'less was recorded than billed')
    const total = Object.values(await world.costs()).reduce((sum, cost) => sum + cost, 0)
    assert.equal(total, recorded + (await world.budget('ollama_cloud')).spent)
    assert.deepEqual(world.gateway.log, [])
  })
})

describe('a budget of a tag', { concurrency: true }, () => {
  const costs = { limits: [{ tag: 'research', per: 'month', limit: 0.01 }] }
  const ask = critical({ max_tokens: 400 })

  test('holds for requests that name it in the body or in a header, and for no others', async () => {
    await using world = await startWorld({ budgets: costs, providers: { ollama_cloud: undefined } })
    const inBody = { ...ask, aegis: { ...criticalHints, tags: ['research'] } }
    const inHeader = { headers: { 'x-aegis-tags': 'nightly, research' } }
    const used = await replies(() => world.chat(inBody), 30)
    assert.ok(used.some((reply) => answeredBy(reply) === 'openai') && answeredBy(used.at(-1)) === 'local_ollama')
    assert.equal(answeredBy(await world.chat(ask, inHeader)), 'local_ollama')
    assert.equal(answeredBy(await world.chat(ask, { headers: { 'x-aegis-tags': 'nightly' } })), 'openai')
    assert.equal(answeredBy(await world.chat(ask)), 'openai')
    await world.atRest()
    const { ledger } = world.gateway.aegis.gateway.proxy
    const byTag = new Map((await ledger.summary('tag', {})).map(({ group, requests }) => [group, requests]))
    assert.deepEqual([byTag.get('research'), byTag.get('nightly')], [used.length + 1, 2])
    const [status] = await ledger.budgets()
    assert.ok(status && status.spent > 0 && status.spent <= status.limit)
    assert.deepEqual([status.scope, status.subject, status.reserved], ['tag', 'research', 0])
  })
})

async function replies(ask: () => Promise<Reply>, count: number): Promise<Reply[]> {
  const all: Reply[] = []
  for (let index = 0; index < count; index++) all.push(await ask())
  return all
}
