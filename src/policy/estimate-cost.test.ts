// Proves that the worst case of a request is one: no usage within its caps can cost more.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chatBody } from '../../test/make/chat-body.ts'
import { type PricedModel, priced } from '../../test/make/price.ts'
import fc from '../../test/make/property.ts'
import { usage } from '../../test/make/usage.ts'
import { addUsd, fromUsd, type NanoUsdPerMillion, nanoUsd, ratePerMillion, usdText, ZERO_USD } from '../domain/money.ts'
import type { PriceTier } from '../domain/price.ts'
import { countInput } from './count-input.ts'
import { affordableOutputTokens, costBound, costOfAbort, costOfUsage } from './estimate-cost.ts'

/** Rates whose cost of one token is rarely a whole nano-dollar. */
const rate = fc
  .oneof(fc.integer({ min: 0, max: 3_000_000 }), fc.integer({ min: 0, max: 600_000_000_000 }))
  .map((nano) => nano as NanoUsdPerMillion)

const maybe = fc.option(rate, { nil: undefined })

const tiers: fc.Arbitrary<PriceTier[]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 300_000 }), { maxLength: 3 })
  .chain((starts) =>
    fc.tuple(
      ...[0, ...starts.sort((a, b) => a - b)].map((aboveInputTokens) =>
        fc.record({
          aboveInputTokens: fc.constant(aboveInputTokens),
          ...{ input: rate, output: rate, cachedInput: rate, cacheWrite: maybe, audioInput: rate, audioOutput: rate },
        }),
      ),
    ),
  )

const prices: fc.Arbitrary<PricedModel> = fc.tuple(tiers, fc.nat(50_000_000)).map(([all, fee]) => ({
  state: 'priced',
  tiers: all,
  worstInput: Math.max(
    ...all.flatMap(({ input, cachedInput, cacheWrite, audioInput }) => [
      ...[input, cachedInput, cacheWrite ?? 0, audioInput ?? 0],
    ]),
  ) as NanoUsdPerMillion,
  worstOutput: Math.max(...all.flatMap(({ output, audioOutput }) => [output, audioOutput ?? 0])) as NanoUsdPerMillion,
  perRequest: fee % 3 === 0 ? nanoUsd(fee) : undefined,
  source: 'a property',
}))

const parts = fc.constantFrom<object>(
  { type: 'image_url', image_url: { url: 'https://pictures.test/a.png' } },
  { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
  { type: 'file', file: { file_id: 'file-1' } },
)

const bodies = fc
  .record({
    text: fc.string({ maxLength: 200 }),
    more: fc.array(parts, { maxLength: 2 }),
    n: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    best_of: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    max_tokens: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }),
    prediction: fc.option(fc.string({ maxLength: 50 }), { nil: undefined }),
    modalities: fc.option(fc.constant(['text', 'audio']), { nil: undefined }),
    thinking_budget: fc.option(fc.nat(3000), { nil: undefined }),
  })
  .map(({ text, more, prediction, ...members }) =>
    chatBody({
      messages: [{ role: 'user', content: more.length === 0 ? text : [{ type: 'text', text }, ...more] }],
      prediction: prediction && { type: 'content', content: prediction },
      ...members,
    }),
  )

const contexts = fc.option(fc.integer({ min: 1, max: 300_000 }), { nil: undefined })
const caps = fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined })
const share = fc.double({ min: 0, max: 1, noNaN: true })

describe('the worst case', () => {
  test('is at least the cost of every usage within its caps', () => {
    const shares = fc.tuple(share, share, share, share, share, share)
    fc.assert(
      fc.property(bodies, prices, contexts, caps, shares, (body, price, context, cap, [i, c, w, a, o, v]) => {
        const bound = costBound(body, price, context, cap)
        const { textTokens, audioTokens } = countInput(body, undefined, context)
        const audioInputTokens = Math.round(audioTokens * a)
        const inputTokens = Math.round(textTokens * i) + audioInputTokens
        const most = (bound.outputTokens + bound.uncappedTokens) * bound.choices
        const outputTokens = Math.round(most * o)
        const used = {
          ...usage(inputTokens, outputTokens, Math.round(inputTokens * c)),
          cacheWriteTokens: Math.round(inputTokens * w),
          audioInputTokens,
          audioOutputTokens: body.view.modalities === undefined ? 0 : Math.round(outputTokens * v),
        }
        assert.ok(costOfUsage(used, price) <= bound.amount, usdText(bound.amount))
      }),
      { numRuns: 3000, examples: [[chatBody(), priced(0.0001, 0.0001), 2, 1, [1, 0.5, 0, 0, 1, 0]]] },
    )
  })

  test('takes the dearer tier only when the input can reach it', () => {
    const low = { aboveInputTokens: 0, ...rates(1, 2, 0.5) }
    const high = { aboveInputTokens: 5000, ...rates(10, 20, 5) }
    const price: PricedModel = { ...priced(10, 20), tiers: [low, high] }
    const short = costBound(chatBody({ max_tokens: 100 }), price, undefined, undefined)
    assert.equal(short.amount, short.inputTokens * 1000 + 100 * 2000)
    const long = costBound(
      chatBody({ max_tokens: 100, messages: [{ role: 'user', content: 'x'.repeat(5000) }] }),
      price,
      undefined,
      undefined,
    )
    assert.equal(long.amount, long.inputTokens * 10_000 + 100 * 20_000)
  })

  test('takes the rate of cache writes, which may be dearer than plain input', () => {
    const [tier] = priced(4, 0, 0.4).tiers
    assert.ok(tier)
    const price: PricedModel = { ...priced(4, 0, 0.4), tiers: [{ ...tier, cacheWrite: ratePerMillion(5) }] }
    const bound = costBound(chatBody(), price, undefined, 1)
    assert.equal(bound.amount, bound.inputTokens * 5000)
  })

  test('takes the rate of sound only where the answer may be spoken', () => {
    const price = { ...priced(0, 10), worstOutput: ratePerMillion(64) }
    const amount = (more: object) => costBound(chatBody(more), price, undefined, 100).amount
    assert.equal(amount({}), 100 * 10_000)
    assert.equal(amount({ modalities: ['text'] }), 100 * 10_000)
    assert.equal(amount({ modalities: ['text', 'audio'] }), 100 * 64_000)
    assert.equal(amount({ audio: { voice: 'alloy', format: 'wav' } }), 100 * 64_000)
  })

  test('holds the fee for the request, whatever its tokens', () => {
    const price = { ...priced(0, 0), perRequest: fromUsd('0.012') }
    assert.equal(costBound(chatBody(), price, undefined, 100).amount, fromUsd('0.012'))
  })

  test('holds thoughts that have a budget of their own, and answers that are generated and not shown', () => {
    const price = priced(0, 1)
    const amount = (more: object) => costBound(chatBody({ max_tokens: 1000, ...more }), price, 8192, undefined).amount
    assert.equal(amount({ thinking_budget: 500 }), 1500 * 1000)
    assert.equal(amount({ enable_thinking: true }), (1000 + 8192) * 1000)
    assert.equal(amount({ enable_thinking: true, thinking_budget: 0, n: 2 }), 2 * 1000 * 1000)
    assert.equal(amount({ n: 2, best_of: 5 }), 5 * 1000 * 1000)
    assert.equal(amount({ n: 2, best_of: 1 }), 2 * 1000 * 1000)
  })

  test('takes the tightest cap that is known, else the largest answer there is', () => {
    const price = priced(1, 1)
    assert.equal(costBound(chatBody(), price, undefined, 100).outputTokens, 100)
    assert.equal(costBound(chatBody({ max_tokens: 50 }), price, undefined, undefined).outputTokens, 50)
    assert.equal(costBound(chatBody(), price, 8192, undefined).outputTokens, 8192)
    assert.equal(costBound(chatBody(), price, undefined, undefined).outputTokens, 131_072)
  })

  test('pays every choice and the rejected tokens of a prediction', () => {
    const price = priced(0, 1)
    const one = costBound(chatBody({ max_tokens: 1000 }), price, undefined, undefined)
    const three = costBound(chatBody({ max_tokens: 1000, n: 3 }), price, undefined, undefined)
    assert.equal(three.amount, 3 * one.amount)
    const body = chatBody({ max_tokens: 1000, prediction: { type: 'content', content: 'x' } })
    assert.equal(costBound(body, price, undefined, undefined).amount, (1000 + body.bytes.length) * 1000)
    const none = chatBody({ max_tokens: 1000, prediction: null })
    assert.equal(costBound(none, price, undefined, undefined).amount, one.amount)
  })
})

describe('a smaller answer', () => {
  test('fits into what is available, and one token more would not', () => {
    fc.assert(
      fc.property(bodies, prices, contexts, fc.nat(2_000_000_000), (body, price, context, money) => {
        const available = nanoUsd(money)
        const bound = costBound(body, price, context, undefined)
        const cap = affordableOutputTokens(body, bound, available, 1)
        if (cap === undefined) return
        assert.ok(cap >= 1 && cap <= bound.outputTokens)
        assert.ok(costBound(body, price, context, cap).amount <= available)
        if (cap < bound.outputTokens) assert.ok(costBound(body, price, context, cap + 1).amount > available)
      }),
      { numRuns: 2000 },
    )
  })

  test('below the floor is not worth asking for', () => {
    const body = chatBody()
    const price = priced(0, 1)
    const bound = costBound(body, price, undefined, 1000)
    assert.equal(affordableOutputTokens(body, bound, nanoUsd(63_999), 64), undefined)
    assert.equal(affordableOutputTokens(body, bound, nanoUsd(64_000), 64), 64)
  })

  test('is not there when the input alone takes the money, or when a prediction makes no cap hold', () => {
    const price = priced(1, 1)
    const body = chatBody()
    const bound = costBound(body, price, undefined, 1000)
    assert.equal(affordableOutputTokens(body, bound, nanoUsd(bound.inputTokens * 1000), 1), undefined)
    assert.equal(affordableOutputTokens(body, bound, nanoUsd(bound.inputTokens * 1000 + 1000), 1), 1)
    const predicting = chatBody({ prediction: { type: 'content', content: 'x' } })
    const its = costBound(predicting, price, undefined, 1000)
    assert.equal(affordableOutputTokens(predicting, its, fromUsd(1), 1), undefined)
  })
})

describe('the cost of a usage', () => {
  test('is input, cached input and output at their rates', () => {
    const gpt4o = priced(2.5, 10, 1.25)
    assert.equal(usdText(costOfUsage(usage(1000, 500), gpt4o)), '0.0075')
    assert.equal(usdText(costOfUsage(usage(1000, 500, 400), gpt4o)), '0.007')
    assert.equal(costOfUsage(usage(0, 0), gpt4o), ZERO_USD)
  })

  test('is rounded up once, however many kinds of token there are', () => {
    const price = priced(0.0001, 0.0001)
    assert.equal(costOfUsage(usage(2, 1, 1), price), 1)
    assert.equal(costOfUsage(usage(8, 3, 4), price), 2)
  })

  test('has rates of its own for what is written to a cache and for what is spoken', () => {
    const [tier] = priced(1, 10, 0.1).tiers
    assert.ok(tier)
    const rates = { cacheWrite: ratePerMillion(2), audioInput: ratePerMillion(32), audioOutput: ratePerMillion(64) }
    const price: PricedModel = { ...priced(1, 10, 0.1), tiers: [{ ...tier, ...rates }] }
    const used = { ...usage(1000, 100, 300), cacheWriteTokens: 200 }
    assert.equal(costOfUsage(used, price), 500 * 1000 + 300 * 100 + 200 * 2000 + 100 * 10_000)
    const spoken = { ...usage(1000, 100, 300), audioInputTokens: 600, audioOutputTokens: 80 }
    assert.equal(costOfUsage(spoken, price), 400 * 1000 + 600 * 32_000 + 20 * 10_000 + 80 * 64_000)
  })

  test('of sound whose rate is not known is the worst rate there is', () => {
    const price = { ...priced(1, 10), worstInput: ratePerMillion(40), worstOutput: ratePerMillion(80) }
    const spoken = { ...usage(10, 10), audioInputTokens: 10, audioOutputTokens: 10 }
    assert.equal(costOfUsage(spoken, price), 10 * 40_000 + 10 * 80_000)
  })

  test('has the fee for the request beside the tokens', () => {
    const price = { ...priced(1, 1), perRequest: fromUsd('0.005') }
    assert.equal(costOfUsage(usage(10, 10), price), addUsd(fromUsd('0.005'), nanoUsd(20_000)))
  })

  test('takes the tier of all input tokens, from above its start on', () => {
    const low = { aboveInputTokens: 0, ...rates(1, 2, 0.5) }
    const high = { aboveInputTokens: 200_000, ...rates(10, 20, 5) }
    const price: PricedModel = { ...priced(10, 20), tiers: [low, high] }
    assert.equal(usdText(costOfUsage(usage(200_000, 0), price)), '0.2')
    assert.equal(usdText(costOfUsage(usage(200_001, 0), price)), '2.00001')
    assert.equal(usdText(costOfUsage(usage(200_001, 100, 200_001), price)), '1.002005')
  })

  test('counts no more cached tokens than there are tokens', () => {
    const price = priced(10, 0, 1)
    assert.equal(costOfUsage(usage(100, 0, 5000), price), costOfUsage(usage(100, 0, 100), price))
  })

  test('at a free or unknown price is nothing', () => {
    assert.equal(costOfUsage(usage(1000, 1000), { state: 'free' }), ZERO_USD)
    assert.equal(costOfUsage(usage(1000, 1000), { state: 'unknown' }), ZERO_USD)
  })
})

describe('an answer that was left early', () => {
  const price = priced(1, 10)
  const bound = costBound(chatBody({ n: 2 }), price, undefined, 100)

  test('costs all input and the output that was delivered', () => {
    assert.equal(costOfAbort(bound, 0, price), bound.inputTokens * 1000)
    assert.equal(costOfAbort(bound, 7, price), bound.inputTokens * 1000 + 7 * 10_000)
  })

  test('never costs more than the worst case', () => {
    assert.equal(costOfAbort(bound, 1_000_000, price), bound.amount)
  })

  test('costs nothing at a free provider', () => {
    assert.equal(costOfAbort(bound, 7, { state: 'free' }), ZERO_USD)
  })
})

function rates(input: number, output: number, cachedInput: number) {
  const { tiers } = priced(input, output, cachedInput)
  const [{ aboveInputTokens: _, ...only } = { aboveInputTokens: 0 }] = tiers
  return only as Omit<PriceTier, 'aboveInputTokens'>
}
