// Proves the order in which a price is looked up, and that not knowing one never makes it free.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { priced } from '../../test/make/price.ts'
import fc from '../../test/make/property.ts'
import { cloudProvider, localProvider, openaiProvider } from '../../test/make/provider.ts'
import type { ConfiguredPrice } from '../domain/configured-price.ts'
import { fromUsd, ratePerMillion } from '../domain/money.ts'
import type { PriceList } from '../domain/price.ts'
import { createPriceBook } from './price-book.ts'

const free: ConfiguredPrice = {
  free: true,
  input: ratePerMillion(0),
  output: ratePerMillion(0),
  cachedInput: ratePerMillion(0),
}
const configured = (input: number, output: number, cachedInput?: number): ConfiguredPrice => ({
  free: false,
  input: ratePerMillion(input),
  output: ratePerMillion(output),
  cachedInput: cachedInput === undefined ? undefined : ratePerMillion(cachedInput),
})
const listed = { price: priced(2.5, 10, 1.25), contextTokens: 128_000, outputTokens: 16_384, capabilities: {} }
const list: PriceList = { find: (_, model) => (model === 'gpt-4o' ? listed : undefined) }
const nothingListed: PriceList = { find: () => undefined }

describe('a price', () => {
  test('is the configured line of the model first, then the one for all models, then the list', () => {
    const lines = { openai: { 'gpt-4o': configured(1, 2), '*': configured(3, 4) } }
    const price = (model: string, pricing = lines as Parameters<typeof createPriceBook>[0]) =>
      createPriceBook(pricing, list).price(openaiProvider(), model)
    assert.equal(JSON.stringify(price('gpt-4o')).includes('"source":"pricing.openai.gpt-4o"'), true)
    assert.equal(JSON.stringify(price('other')).includes('"source":"pricing.openai.*"'), true)
    assert.deepEqual(price('gpt-4o', {}), listed.price)
    assert.deepEqual(price('gpt-4o', { openai: { other: configured(1, 2) } }), listed.price)
    assert.deepEqual(price('gpt-4o', { ollama_cloud: { '*': configured(1, 2) } }), listed.price)
  })

  test('of a model that runs here is free unless it is configured', () => {
    const local = localProvider()
    assert.deepEqual(createPriceBook({}, list).price(local, 'gpt-4o'), { state: 'free' })
    const book = createPriceBook({ local_ollama: { '*': configured(1, 2) } }, list)
    assert.equal(book.price(local, 'llama3.2:8b').state, 'priced')
  })

  test('of a cloud model at a local server is not free', () => {
    const book = createPriceBook({}, nothingListed)
    assert.deepEqual(book.price(localProvider(), 'gpt-oss:120b-cloud'), { state: 'unknown' })
    assert.deepEqual(book.price(localProvider(), 'gpt-oss:120b:CLOUD '), { state: 'unknown' })
  })

  test('declared free is free, in the cloud too', () => {
    const book = createPriceBook({ ollama_cloud: { '*': free }, openai: { 'gpt-4o': free } }, list)
    assert.deepEqual(book.price(cloudProvider(), 'anything'), { state: 'free' })
    assert.deepEqual(book.price(openaiProvider(), 'gpt-4o'), { state: 'free' })
    assert.deepEqual(book.price(openaiProvider(), 'gpt-5'), { state: 'unknown' })
  })

  test('of cached input is that of input where nobody wrote one, and the dearer one bounds', () => {
    const book = createPriceBook(
      { openai: { a: configured(2, 8), b: configured(2, 8, 0.5), c: configured(2, 8, 3) } },
      list,
    )
    const cached = (model: string) => {
      const price = book.price(openaiProvider(), model)
      assert.equal(price.state, 'priced')
      return [price.tiers[0]?.cachedInput, price.worstInput]
    }
    assert.deepEqual(cached('a'), [2_000_000_000, 2_000_000_000])
    assert.deepEqual(cached('b'), [500_000_000, 2_000_000_000])
    assert.deepEqual(cached('c'), [3_000_000_000, 3_000_000_000])
  })

  test('unknown is never free: no name of a cloud model that nobody priced comes out free', () => {
    const names = fc.oneof(
      fc.string(),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '*', '', 'free', 'local'),
    )
    const books = [createPriceBook({}, nothingListed), createPriceBook({ openai: { 'gpt-4o': free } }, nothingListed)]
    fc.assert(
      fc.property(names, fc.constantFrom(...books), (model, book) => {
        fc.pre(model !== 'gpt-4o')
        assert.deepEqual(book.price(openaiProvider(), model), { state: 'unknown' })
        assert.deepEqual(book.price(cloudProvider({ name: model }), model), { state: 'unknown' })
      }),
    )
  })
})

test('what is configured of sound, cache writes and fees is part of the price, and of its worst', () => {
  const more = { cacheWrite: ratePerMillion(3), audioInput: ratePerMillion(32), audioOutput: ratePerMillion(64) }
  const line = { ...configured(2, 8, 0.5), ...more, perRequest: fromUsd('0.012') }
  const price = createPriceBook({ openai: { a: line } }, list).price(openaiProvider(), 'a')
  assert.equal(price.state, 'priced')
  const rates = { input: ratePerMillion(2), output: ratePerMillion(8), cachedInput: ratePerMillion(0.5) }
  assert.deepEqual(price.tiers, [{ aboveInputTokens: 0, ...rates, ...more }])
  assert.deepEqual([price.worstInput, price.worstOutput], [ratePerMillion(32), ratePerMillion(64)])
  assert.equal(price.perRequest, fromUsd('0.012'))
})

test('the longest answer is the configured one, and else that of the list', () => {
  const lines = { openai: { 'gpt-4o': { ...configured(1, 2), maxOutputTokens: 500 } } }
  const book = createPriceBook(lines, list)
  assert.equal(book.outputTokens(openaiProvider(), 'gpt-4o'), 500)
  assert.equal(book.outputTokens(openaiProvider(), 'other'), undefined)
})
