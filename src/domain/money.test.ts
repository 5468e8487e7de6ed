// Proves the arithmetic of money against exact integers of any size.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import {
  addUsd,
  affordableTokens,
  costOfTokenKinds,
  costOfTokens,
  fromUsd,
  type NanoUsdPerMillion,
  nanoUsd,
  ratePerMillion,
  usdNumber,
  usdText,
  ZERO_USD,
} from './money.ts'

const amounts = fc.integer({ min: 0, max: 9_000_000_000_000_000 }).map(nanoUsd)
/** Up to 9,000,000 dollars for a million tokens. */
const rates = fc.integer({ min: 0, max: 9_000_000_000_000_000 }).map((rate) => rate as NanoUsdPerMillion)
const tokenCounts = fc.integer({ min: 0, max: 1_000_000_000 })

describe('amounts', () => {
  test('a tenth and two tenths are three tenths', () => {
    assert.equal(addUsd(fromUsd(0.1), fromUsd(0.2)), fromUsd(0.3))
    assert.equal(usdText(addUsd(fromUsd(0.1), fromUsd(0.2))), '0.3')
  })

  const readings: readonly (readonly [number | string, number])[] = [
    [0, 0],
    ['0', 0],
    ['0.0', 0],
    [2.5, 2_500_000_000],
    [' 2.50 ', 2_500_000_000],
    [0.1, 100_000_000],
    [0.001615, 1_615_000],
    ['0.000000001', 1],
    [1e-9, 1],
    [1e-7, 100],
    [1.1e-7, 110],
    ['0.0000000001', 1],
    ['0.1234567891', 123_456_790],
    ['1.0000000000', 1_000_000_000],
    [9_000_000, 9_000_000_000_000_000],
  ]
  for (const [usd, nano] of readings) {
    test(`${JSON.stringify(usd)} dollars are ${nano} nano-dollars`, () => assert.equal(fromUsd(usd), nano))
  }

  test('a number too small to be a nano-dollar is rounded up and never to nothing', () => {
    for (const usd of [1e-10, 1e-12, 4.9e-13, 1e-13, 1e-30, 5e-324]) assert.equal(fromUsd(usd), 1, String(usd))
    assert.equal(fromUsd(1.0000001e-7), 101)
  })

  for (const usd of [-1, -0.1, '-0', '1e3', '', ' ', 'free', '1,5', '.5', '5.', '0x1', Number.NaN, Infinity, 1e21]) {
    test(`${JSON.stringify(usd)} (${String(usd)}) is not an amount`, () =>
      assert.throws(() => fromUsd(usd), RangeError))
  }

  test('more than the largest amount is refused and not rounded', () => {
    assert.throws(() => fromUsd('9999999'), RangeError)
    assert.throws(() => fromUsd('10000000'), RangeError)
  })

  for (const value of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) {
    test(`${value} is not a number of nano-dollars`, () => assert.throws(() => nanoUsd(value), RangeError))
  }

  test('a sum beyond what is exact is refused', () => {
    const half = nanoUsd(Number.MAX_SAFE_INTEGER)
    assert.throws(() => addUsd(half, nanoUsd(1)), RangeError)
  })

  test('the refusal of a long text quotes forty characters at the most', () => {
    assert.throws(
      () => fromUsd(`x${'y'.repeat(1000)}`),
      (error: Error) => error.message.length < 120,
    )
  })

  test('text and reading are inverses, and the text is the shortest', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const text = usdText(amount)
        assert.equal(fromUsd(text), amount)
        assert.match(text, /^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/)
      }),
    )
  })

  test('a JSON number is the double nearest to the decimal', () => {
    assert.equal(usdNumber(fromUsd('0.0016150000000000001')), 0.001615001)
    assert.equal(JSON.stringify(usdNumber(nanoUsd(1_615_000))), '0.001615')
    fc.assert(fc.property(amounts, (amount) => assert.equal(usdNumber(amount), Number(usdText(amount)))))
  })

  test('a price as written in decimals is read exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 0, max: 999_999_999 }), (whole, nano) => {
        const text = `${whole}.${String(nano).padStart(9, '0')}`
        assert.equal(BigInt(ratePerMillion(text)), BigInt(whole) * 1_000_000_000n + BigInt(nano))
      }),
    )
  })
})

describe('the price of tokens', () => {
  test('is never below the exact product and less than a nano-dollar above it', () => {
    const small = fc.integer({ min: 0, max: 5_000_000 }).map((rate) => rate as NanoUsdPerMillion)
    fc.assert(
      fc.property(fc.oneof(rates, small), tokenCounts, (rate, tokens) => {
        const exactMillionths = BigInt(rate) * BigInt(tokens)
        fc.pre(exactMillionths <= 9_000_000_000_000_000n * 1_000_000n)
        const charged = BigInt(costOfTokens(rate, tokens)) * 1_000_000n
        assert.ok(charged >= exactMillionths)
        assert.ok(charged - exactMillionths < 1_000_000n)
      }),
      { numRuns: 2000 },
    )
  })

  test('of several kinds together is exact and rounded up once', () => {
    const kinds = fc.array(fc.tuple(fc.integer({ min: 0, max: 600_000_000_000 }), fc.nat(1_000_000_000)), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(kinds, (drawn) => {
        const exactMillionths = drawn.reduce((sum, [rate, tokens]) => sum + BigInt(rate) * BigInt(tokens), 0n)
        const cost = costOfTokenKinds(drawn.map(([rate, tokens]) => [rate as NanoUsdPerMillion, tokens]))
        assert.equal(BigInt(cost), (exactMillionths + 999_999n) / 1_000_000n)
      }),
      { numRuns: 1000 },
    )
    assert.equal(costOfTokenKinds([]), ZERO_USD)
  })

  test('never falls when tokens are added', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600_000_000_000 }), tokenCounts, fc.nat(1000), (rate, tokens, more) => {
        const at = rate as NanoUsdPerMillion
        assert.ok(costOfTokens(at, tokens + more) >= costOfTokens(at, tokens))
      }),
    )
  })

  test('one token of the cheapest model is not free', () => {
    assert.equal(costOfTokens(1 as NanoUsdPerMillion, 1), 1)
    assert.equal(costOfTokens(ratePerMillion(2.5), 1000), fromUsd(0.0025))
    assert.equal(costOfTokens(ratePerMillion(2.5), 0), ZERO_USD)
  })

  for (const tokens of [-1, 1.5, Number.NaN, Infinity, 2 ** 53]) {
    test(`of ${tokens} tokens is asked by mistake`, () => {
      assert.throws(() => costOfTokens(ratePerMillion(1), tokens), RangeError)
    })
  }

  test('more than can be counted is refused, never wrapped or rounded', () => {
    assert.throws(() => costOfTokens(ratePerMillion(9_000_000), 1_000_000_000), RangeError)
  })

  test('the tokens an amount affords cost no more than it, and one more would', () => {
    const someRates = fc.integer({ min: 1, max: 600_000_000_000 }).map((rate) => rate as NanoUsdPerMillion)
    fc.assert(
      fc.property(someRates, fc.integer({ min: 0, max: 1_000_000_000_000 }).map(nanoUsd), (rate, amount) => {
        const tokens = affordableTokens(rate, amount)
        fc.pre(tokens < 1_000_000_000)
        assert.ok(costOfTokens(rate, tokens) <= amount)
        assert.ok(costOfTokens(rate, tokens + 1) > amount)
      }),
      { numRuns: 2000 },
    )
  })

  test('any number of free tokens is affordable', () => {
    assert.equal(affordableTokens(ratePerMillion(0), ZERO_USD), Number.POSITIVE_INFINITY)
    assert.equal(affordableTokens(ratePerMillion(1), ZERO_USD), 0)
  })
})
