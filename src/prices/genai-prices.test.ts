// Proves what is read from the public price list, by prices that anybody can look up.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import { openaiProvider } from '../../test/make/provider.ts'
import { usage } from '../../test/make/usage.ts'
import { openAiModels } from '../config/discover.ts'
import { ratePerMillion, usdText, ZERO_USD } from '../domain/money.ts'
import type { ListedModel, Price } from '../domain/price.ts'
import { costOfUsage } from '../policy/estimate-cost.ts'
import { publicPriceList } from './genai-prices.ts'

const addresses = new Map([
  ['gemini', 'https://generativelanguage.googleapis.com'],
  ['gemini_openai', 'https://generativelanguage.googleapis.com/v1beta/openai'],
  ['deepseek', 'https://api.deepseek.com/v1'],
  ['perplexity', 'https://api.perplexity.ai'],
  ['own', 'http://127.0.0.1:8000/v1'],
])
const today = Date.UTC(2026, 10, 27)
const list = publicPriceList(addresses, () => today)
const openai = openaiProvider()
const compatible = (name: string) => openaiProvider({ name, kind: 'openai_compatible', role: 'cloud' })

type Priced = Extract<Price, { state: 'priced' }>
function pricedOf(found: ListedModel | undefined): Priced {
  assert.equal(found?.price.state, 'priced')
  return found.price
}

describe('the public price list', () => {
  test('has gpt-4o at 2.50, 1.25 cached and 10 dollars, its window and its longest answer', () => {
    const found = list.find(openai, 'gpt-4o')
    const price = pricedOf(found)
    assert.deepEqual(price.tiers, [
      {
        aboveInputTokens: 0,
        input: ratePerMillion(2.5),
        output: ratePerMillion(10),
        cachedInput: ratePerMillion(1.25),
      },
    ])
    assert.equal(price.worstInput, ratePerMillion(2.5))
    assert.equal(price.worstOutput, ratePerMillion(10))
    assert.deepEqual([found?.contextTokens, found?.outputTokens], [128_000, 16_384])
    assert.equal(usdText(costOfUsage(usage(1000, 500, 400), price)), '0.007')
  })

  test('has a price and a bound for every model that discovery offers', () => {
    for (const model of openAiModels) {
      const found = list.find(openai, model)
      assert.equal(found?.price.state, 'priced', model)
      const embeds = found.capabilities?.embeddings === true
      assert.ok(found.contextTokens !== undefined && (embeds || found.outputTokens !== undefined), model)
    }
  })

  test('has the two tiers of gemini-2.5-pro, above 200,000 input tokens the dearer one', () => {
    for (const name of ['gemini', 'gemini_openai']) {
      const price = pricedOf(list.find(compatible(name), 'gemini-2.5-pro'))
      assert.deepEqual(
        price.tiers.map(({ aboveInputTokens, input, output }) => [aboveInputTokens, input, output]),
        [
          [0, ratePerMillion(1.25), ratePerMillion(10)],
          [200_000, ratePerMillion(2.5), ratePerMillion(15)],
        ],
      )
      assert.equal(price.worstInput, ratePerMillion(2.5))
      assert.equal(price.worstOutput, ratePerMillion(15))
      assert.equal(usdText(costOfUsage(usage(200_000, 1000), price)), '0.26')
      assert.equal(usdText(costOfUsage(usage(200_001, 1000), price)), '0.5150025')
    }
  })

  test('bounds a model whose price changes with the hour by its dearest hour', () => {
    const price = pricedOf(list.find(compatible('deepseek'), 'deepseek-v4-flash'))
    assert.equal(price.tiers[0]?.input, ratePerMillion(0.44))
    assert.equal(price.tiers[0]?.output, ratePerMillion(1.32))
  })

  test('adds the fee for each request where there is one', () => {
    const price = pricedOf(list.find(compatible('perplexity'), 'sonar'))
    assert.equal(usdText(price.perRequest ?? ZERO_USD), '0.012')
    assert.equal(usdText(costOfUsage(usage(1000, 1000), price)), '0.014')
  })

  test('does not claim to know a price with a fee that it does not list or that nobody can count', () => {
    for (const model of ['sonar-deep-research', 'sonar-pro-search', 'llama-3.1-sonar-small-128k-online'])
      assert.deepEqual(list.find(compatible('perplexity'), model)?.price, { state: 'unknown' }, model)
    for (const model of ['gpt-4o-search-preview', 'o3-deep-research'])
      assert.deepEqual(list.find(openai, model)?.price, { state: 'unknown' }, model)
  })

  test('has the rates of spoken tokens and of cache writes, and the worst of all kinds', () => {
    const audio = pricedOf(list.find(openai, 'gpt-audio'))
    assert.deepEqual(
      [audio.tiers[0]?.audioInput, audio.tiers[0]?.audioOutput, audio.worstInput, audio.worstOutput],
      [32, 64, 32, 64].map(ratePerMillion),
    )
    const sol = pricedOf(list.find(openai, 'gpt-5.6-sol'))
    assert.deepEqual(
      sol.tiers.map(({ cacheWrite }) => cacheWrite),
      [5, 10].map(ratePerMillion),
    )
    assert.equal(sol.worstInput, ratePerMillion(10))
  })

  test('does not take the price of text for that of sound', () => {
    const [tier] = pricedOf(list.find(openai, 'gpt-4o-audio-preview')).tiers
    assert.deepEqual([tier?.audioInput, tier?.audioOutput], [undefined, undefined])
  })

  test('gives no window in which its own dearer tier could not be reached', () => {
    for (const name of ['gemini', 'gemini_openai', 'deepseek', 'perplexity']) {
      const found = list.find(compatible(name), 'gemini-2.5-pro')
      if (found?.price.state !== 'priced' || found.contextTokens === undefined) continue
      for (const { aboveInputTokens } of found.price.tiers) assert.ok(aboveInputTokens < found.contextTokens)
    }
  })

  test('has a tenth more for newer models where the data stays in a region', () => {
    const regional = publicPriceList(new Map([['openai', 'https://eu.api.openai.com/v1']]), () => today)
    const sol = pricedOf(regional.find(openai, 'gpt-5.6-sol'))
    const [low, high] = sol.tiers
    assert.deepEqual(
      [low?.input, low?.cachedInput, low?.cacheWrite, low?.output],
      [4.4, 0.44, 5.5, 22].map(ratePerMillion),
    )
    assert.equal(high?.aboveInputTokens, 271_999)
    assert.deepEqual([sol.worstInput, sol.worstOutput], [11, 33].map(ratePerMillion))
    for (const model of ['gpt-4o', 'gpt-5', 'gpt-5.2', 'o3'])
      assert.deepEqual(regional.find(openai, model), list.find(openai, model), model)
    const usual = publicPriceList(new Map([['openai', 'https://api.openai.com/v1']]), () => today)
    assert.deepEqual(usual.find(openai, 'gpt-5.6-sol'), list.find(openai, 'gpt-5.6-sol'))
  })

  test('knows a price from the day on that it begins', () => {
    let wallMs = Date.UTC(2026, 6, 29)
    const later = publicPriceList(addresses, () => wallMs)
    const input = () => pricedOf(later.find(openai, 'gpt-5.6-luna')).tiers[0]?.input
    assert.equal(input(), ratePerMillion(1))
    wallMs = Date.UTC(2026, 6, 31)
    assert.equal(input(), ratePerMillion(0.2))
  })

  test('does not take a listed model without a price for a free one', () => {
    const found = list.find(compatible('gemini'), 'gemma-4-31b-it')
    assert.deepEqual(found?.price, { state: 'unknown' })
  })

  test('does not know models of providers that it does not know', () => {
    assert.equal(list.find(compatible('own'), 'gpt-4o'), undefined)
    assert.equal(list.find(compatible('without_address'), 'gpt-4o'), undefined)
  })

  test('does not know a model that nobody has listed, whatever its name', () => {
    const names = fc.oneof(
      fc.string().map((name) => `${name}!`),
      fc.constantFrom('no-such-model', '', '__proto__', 'constructor', 'toString', 'gpt', 'gpt-9000', ' '),
    )
    fc.assert(fc.property(names, (name) => assert.equal(list.find(openai, name), undefined)))
  })

  test('has for each listed model rates that are never above its worst ones', () => {
    for (const model of [
      'gpt-4o',
      'gpt-4o-mini',
      'gpt-4.1',
      'gpt-5',
      'gpt-5-mini',
      'o1',
      'o3',
      'gpt-4o-audio-preview',
      'gpt-3.5-turbo',
    ]) {
      const { tiers, worstInput, worstOutput } = pricedOf(list.find(openai, model))
      assert.equal(tiers[0]?.aboveInputTokens, 0, model)
      for (const tier of tiers) {
        assert.ok(tier.input > 0 && tier.output > 0 && tier.cachedInput > 0, model)
        assert.ok(tier.input <= worstInput && tier.cachedInput <= worstInput && tier.output <= worstOutput, model)
      }
    }
  })

  test('gives the same answer again, also after more names than it remembers', () => {
    const first = list.find(openai, 'gpt-4o')
    assert.equal(list.find(openai, 'gpt-4o'), first)
    for (let index = 0; index < 1100; index += 1) list.find(openai, `client-invented-${index}!`)
    assert.deepEqual(list.find(openai, 'gpt-4o'), first)
    assert.equal(list.find(openai, 'client-invented-1!'), undefined)
  })

  test('keeps two providers apart that have a model of the same name', () => {
    assert.equal(list.find(compatible('own'), 'gemini-2.5-pro'), undefined)
    assert.ok(list.find(compatible('gemini'), 'gemini-2.5-pro'))
    assert.equal(list.find(compatible('own'), 'gemini-2.5-pro'), undefined)
  })
})
