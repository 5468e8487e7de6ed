// Proves that funding is immediate while money is plenty, and that tokens are counted only when that can help.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chatBody } from '../../test/make/chat-body.ts'
import { memoryLedger } from '../../test/make/ledger.ts'
import { priced } from '../../test/make/price.ts'
import fc from '../../test/make/property.ts'
import { openaiProvider } from '../../test/make/provider.ts'
import { classifiedAs, task } from '../../test/make/task.ts'
import type { ChatBody } from '../domain/chat-body.ts'
import { type NanoUsd, nanoUsd } from '../domain/money.ts'
import { clear } from '../policy/clearance.ts'
import { costBound } from '../policy/estimate-cost.ts'
import { documentedTokenRules } from '../prices/openai-models.ts'
import { type FundingResult, fundAttempt } from './fund-attempt.ts'
import type { ProxyDeps } from './proxy-deps.ts'

const price = priced(1, 1)
const provider = openaiProvider()
const rules = documentedTokenRules(provider, 'gpt-4o')
const clock = { wallMs: () => 0, monotonicMs: () => 0 }

interface World {
  readonly deps: ProxyDeps
  readonly counted: string[][]
  readonly reserved: () => Promise<number>
}

/** A limit, and a counter that finds a token in every four bytes, or fails. */
async function worldOf(limit: NanoUsd, fails = false): Promise<World> {
  const counted: string[][] = []
  const ledger = await memoryLedger(clock, { openai: limit })
  const deps = {
    ledger,
    minOutputTokens: 10,
    policy: { catalogue: { facts: () => ({ outputTokens: 1000 }) } },
    priceBook: {
      price: () => price,
      outputTokens: () => undefined,
      tokenRules: () => rules,
    },
    tokenCounter: {
      count: (_: unknown, texts: readonly string[]) => {
        counted.push([...texts])
        if (fails) return Promise.reject(new Error('no encoding'))
        return Promise.resolve(texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0))
      },
    },
  } as unknown as ProxyDeps
  return { deps, counted, reserved: async () => (await ledger.budgets())[0]?.reserved ?? 0 }
}

function fund(body: ChatBody, { deps }: World): FundingResult | Promise<FundingResult> {
  const classification = classifiedAs('public')
  const cleared = clear({ task: task({ body }), provider, model: 'gpt-4o', reason: 'default_local', classification })
  return fundAttempt(cleared ?? assert.fail('clearance refused'), 0, deps)
}

const question = (chars: number, more: object = {}) =>
  chatBody({ messages: [{ role: 'user', content: 'x'.repeat(chars) }], ...more })
const byBytes = (body: ChatBody) => costBound(body, price, undefined, body.outputTokenCap ?? 1000, { rules }).amount

describe('funding', () => {
  test('counts nothing when the bound by bytes fits', async () => {
    const body = question(4000)
    const world = await worldOf(byBytes(body))
    const result = await fund(body, world)
    assert.ok('funding' in result)
    assert.equal(result.funding.attempt.outputTokenCap, undefined)
    assert.equal(await world.reserved(), byBytes(body))
    assert.deepEqual(world.counted, [])
  })

  test('counts the texts when the bound by bytes does not fit, and reserves the tighter one', async () => {
    const body = question(4000)
    const world = await worldOf(nanoUsd(byBytes(body) - 1))
    const result = await fund(body, world)
    assert.ok('funding' in result)
    assert.equal(result.funding.attempt.outputTokenCap, undefined)
    assert.equal(await world.reserved(), byBytes(body) - 3000 * 1000)
    assert.deepEqual(world.counted, [['x'.repeat(4000)]])
  })

  test('asks for a shorter answer when the counted tokens do not fit either', async () => {
    const body = question(4000)
    const limit = nanoUsd(byBytes(body) - 3000 * 1000 - 500 * 1000)
    const world = await worldOf(limit)
    const result = await fund(body, world)
    assert.ok('funding' in result)
    assert.equal(result.funding.attempt.outputTokenCap, 500)
    assert.equal(result.funding.bound?.amount, limit)
    assert.equal(await world.reserved(), limit)
  })

  test('counts nothing when no count could help', async () => {
    for (const limit of [0, 100_000, 1_000_000]) {
      const world = await worldOf(nanoUsd(limit))
      const result = await fund(question(4000), world)
      assert.ok('obstacle' in result)
      assert.equal(result.obstacle.kind, 'budget')
      assert.deepEqual(world.counted, [])
    }
  })

  test('counts nothing of a short text, which has few tokens however they are counted', async () => {
    const body = question(511)
    const world = await worldOf(nanoUsd(byBytes(body) - 500 * 1000))
    const result = await fund(body, world)
    assert.ok('funding' in result)
    assert.equal(result.funding.attempt.outputTokenCap, 500)
    assert.deepEqual(world.counted, [])
  })

  test('goes by the bytes when the counter fails', async () => {
    const body = question(4000)
    const result = await fund(body, await worldOf(nanoUsd(byBytes(body) - 500 * 1000), true))
    assert.ok('funding' in result)
    assert.equal(result.funding.attempt.outputTokenCap, 500)
  })

  test('is refused for a cost that has no bound, with the member that is at fault', async () => {
    const result = await fund(question(10, { service_tier: 'priority' }), await worldOf(nanoUsd(1_000_000_000)))
    assert.ok('obstacle' in result && result.obstacle.kind === 'price_unknown')
    assert.equal(result.obstacle.unbounded?.member, 'service_tier')
  })

  test('never reserves more than there is, and what it reserves pays for the bound it gives', async () => {
    const bodies = fc
      .tuple(
        fc.nat(3000),
        fc.option(fc.integer({ min: 1, max: 2000 }), { nil: undefined }),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([chars, max_tokens, n]) => question(chars, { max_tokens, n }))
    await fc.assert(
      fc.asyncProperty(bodies, fc.nat(8_000_000), async (body, limit) => {
        const world = await worldOf(nanoUsd(limit))
        const result = await fund(body, world)
        assert.ok((await world.reserved()) <= limit)
        if (!('funding' in result)) return assert.equal(await world.reserved(), 0)
        const { attempt, bound } = result.funding
        assert.equal(attempt.reservation.amount, bound?.amount)
        assert.ok(attempt.outputTokenCap === undefined || attempt.outputTokenCap >= 10)
        if (attempt.outputTokenCap !== undefined) assert.equal(attempt.outputTokenCap, bound?.outputTokens)
      }),
      { numRuns: 500 },
    )
  })
})
