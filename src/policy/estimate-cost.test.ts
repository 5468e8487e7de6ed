// Proves that the worst case of a request is one: no usage within its caps can cost more.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { chatBody } from '../../test/make/chat-body.ts'
import { type PricedModel, priced } from '../../test/make/price.ts'
import { usage } from '../../test/make/usage.ts'
import { fromUsd, type NanoUsdPerMillion, nanoUsd, usdText, ZERO_USD } from '../domain/money.ts'
import type { PriceTier } from '../domain/price.ts'
import { affordableOutputTokens, costBound, costOfAbort, costOfUsage, inputTokenBound } from './estimate-cost.ts'

/** Rates whose cost of one token is rarely a whole nano-dollar. */
const rate = fc
  .oneof(fc.integer({ min: 0, max: 3_000_000 }), fc.integer({ min: 0, max: 600_000_000_000 }))
  .map((nano) => nano as NanoUsdPerMillion)

const tiers: fc.Arbitrary<PriceTier[]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 300_000 }), { maxLength: 3 })
  .chain((starts) =>
    fc.tuple(
      ...[0, ...starts.sort((a, b) => a - b)].map((aboveInputTokens) =>
        fc.record({ aboveInputTokens: fc.constant(aboveInputTokens), input: rate, output: rate, cachedInput: rate }),
      ),
    ),
  )

const prices: fc.Arbitrary<PricedModel> = tiers.map((all) => ({
  state: 'priced',
  tiers: all,
  worstInput: Math.max(...all.flatMap(({ input, cachedInput }) => [input, cachedInput])) as NanoUsdPerMillion,
  worstOutput: Math.max(...all.map(({ output }) => output)) as NanoUsdPerMillion,
  source: 'a property',
}))

const bodies = fc
  .record({
    text: fc.string({ maxLength: 200 }),
    n: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    max_tokens: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }),
    prediction: fc.option(fc.string({ maxLength: 50 }), { nil: undefined }),
  })
  .map(({ text, n, max_tokens, prediction }) =>
    chatBody({
      messages: [{ role: 'user', content: text }],
      n,
      max_tokens,
      prediction: prediction && { type: 'content', content: prediction },
    }),
  )

const contexts = fc.option(fc.integer({ min: 1, max: 300_000 }), { nil: undefined })
const caps = fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined })
const share = fc.double({ min: 0, max: 1, noNaN: true })

describe('the worst case', () => {
  test('is at least the cost of every usage within its caps', () => {
    fc.assert(
      fc.property(bodies, prices, contexts, caps, share, share, share, (body, price, context, cap, i, c, o) => {
        const bound = costBound(body, price, context, cap)
        const inputTokens = Math.round(bound.inputTokens * i)
        const predicted = body.view.prediction === undefined ? 0 : body.bytes.length
        const most = (bound.outputTokens + predicted) * bound.choices
        const used = usage(inputTokens, Math.round(most * o), Math.round(inputTokens * c))
        assert.ok(costOfUsage(used, price) <= bound.amount, usdText(bound.amount))
      }),
      { numRuns: 3000, examples: [[chatBody(), priced(0.0001, 0.0001), 2, 1, 1, 0.5, 1]] },
    )
  })

  test('counts at least a token for every byte of text that the request holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const body = chatBody({ messages: [{ role: 'user', content: text }] })
        assert.ok(inputTokenBound(body, undefined) >= Buffer.byteLength(text))
      }),
    )
  })

  test('of the input is never more than the context window', () => {
    const long = chatBody({ messages: [{ role: 'user', content: 'x'.repeat(10_000) }] })
    assert.equal(inputTokenBound(long, 8192), 8192)
    assert.ok(inputTokenBound(long, undefined) > 10_000)
  })

  test('counts pictures and files beyond their bytes', () => {
    const withParts = (...types: string[]) =>
      chatBody({
        messages: [
          { role: 'user', content: types.map((type) => ({ type })) },
          { role: 'user', content: 'x' },
        ],
      })
    const bytes = (body: ReturnType<typeof chatBody>) => body.bytes.length
    const one = withParts('image_url')
    const two = withParts('image_url', 'image')
    assert.ok(inputTokenBound(one, undefined) >= bytes(one) + 2833 + 8 * 5667)
    assert.equal(
      inputTokenBound(two, undefined) - bytes(two),
      2 * (inputTokenBound(one, undefined) - bytes(one) - 64) + 64,
    )
    const file = withParts('file')
    assert.ok(inputTokenBound(file, undefined) >= 1_000_000)
    assert.equal(inputTokenBound(file, 128_000), 128_000)
    const text = withParts('text')
    assert.equal(inputTokenBound(text, undefined), bytes(text) + 64)
  })

  test('takes the tightest cap that is known, else the largest answer there is', () => {
    const price = priced(1, 1)
    assert.equal(costBound(chatBody(), price, undefined, 100).outputTokens, 100)
    assert.equal(costBound(chatBody({ max_tokens: 50 }), price, undefined, undefined).outputTokens, 50)
    assert.equal(costBound(chatBody(), price, 8192, undefined).outputTokens, 8192)
    assert.equal(costBound(chatBody(), price, undefined, undefined).outputTokens, 128_000)
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
        const cap = affordableOutputTokens(body, price, bound, available, 1)
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
    assert.equal(affordableOutputTokens(body, price, bound, nanoUsd(63_999), 64), undefined)
    assert.equal(affordableOutputTokens(body, price, bound, nanoUsd(64_000), 64), 64)
  })

  test('is not there when the input alone takes the money, or when a prediction makes no cap hold', () => {
    const price = priced(1, 1)
    const body = chatBody()
    const bound = costBound(body, price, undefined, 1000)
    assert.equal(affordableOutputTokens(body, price, bound, nanoUsd(bound.inputTokens * 1000), 1), undefined)
    assert.equal(affordableOutputTokens(body, price, bound, nanoUsd(bound.inputTokens * 1000 + 1000), 1), 1)
    const predicting = chatBody({ prediction: { type: 'content', content: 'x' } })
    const its = costBound(predicting, price, undefined, 1000)
    assert.equal(affordableOutputTokens(predicting, price, its, fromUsd(1), 1), undefined)
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
