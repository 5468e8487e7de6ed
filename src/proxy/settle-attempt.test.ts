// Proves what an attempt is charged by how it ended, and that a bill above its bound is seen.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fundedAttempt } from '../../test/make/attempt.ts'
import { chatBody } from '../../test/make/chat-body.ts'
import { priced } from '../../test/make/price.ts'
import { usage } from '../../test/make/usage.ts'
import type { Overrun } from '../domain/overrun.ts'
import { ProviderFailure } from '../domain/provider-failure.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { costBound, costOfAbort, costOfUsage } from '../policy/estimate-cost.ts'
import { chargeOf, settleAttempt } from './settle-attempt.ts'

const price = priced(1, 10)
const bound = costBound(chatBody(), price, undefined, 100)
const funding = { attempt: fundedAttempt({ amount: bound.amount }), price, bound }
const free = { attempt: fundedAttempt(), price: { state: 'free' } as const, bound: undefined }
const left = new ProviderFailure('cancelled', { provider: 'openai', message: 'left.', dispatched: true })
const unsent = new ProviderFailure('unreachable', { provider: 'openai', message: 'refused.', dispatched: false })
const whole = { usage: undefined, failure: undefined, deliveredTokens: 0 }

describe('the charge', () => {
  test('is by the final usage when one came, however the answer ended', () => {
    for (const failure of [undefined, left]) {
      const charge = chargeOf(funding, { usage: usage(9, 5), failure, deliveredTokens: 50 })
      assert.deepEqual(charge, { cost: costOfUsage(usage(9, 5), price), usage: usage(9, 5), quality: 'reported' })
    }
  })

  test('is the bound when no usage came, or one that counts no input, or no output of an answer that was seen', () => {
    const estimated = { cost: bound.amount, usage: undefined, quality: 'estimated' }
    assert.deepEqual(chargeOf(funding, whole), estimated)
    assert.deepEqual(chargeOf(funding, { ...whole, usage: usage(0, 0) }), estimated)
    assert.deepEqual(chargeOf(funding, { ...whole, usage: usage(9, 0), deliveredTokens: 1 }), estimated)
  })

  test('of an answer that was left is the input and what was delivered, and at least what had been reported', () => {
    const end = { usage: undefined, failure: left, deliveredTokens: 7 }
    assert.equal(chargeOf(funding, end).cost, costOfAbort(bound, 7, price))
    const thoughts = usage(bound.inputTokens, 90)
    assert.equal(chargeOf(funding, { ...end, usageSoFar: thoughts }).cost, costOfUsage(thoughts, price))
    assert.equal(chargeOf(funding, { ...end, usageSoFar: usage(1, 1) }).cost, costOfAbort(bound, 7, price))
    assert.equal(chargeOf(funding, { ...end, usageSoFar: thoughts }).quality, 'estimated')
  })

  test('of what was never sent is nothing, and so is all that is free', () => {
    assert.equal(chargeOf(funding, { ...whole, failure: unsent }).cost, 0)
    assert.deepEqual(chargeOf(free, { ...whole, usage: usage(9, 5) }), {
      cost: 0,
      usage: usage(9, 5),
      quality: 'reported',
    })
    assert.equal(chargeOf(free, whole).cost, 0)
  })
})

describe('a settlement', () => {
  const settling = (end: Parameters<typeof settleAttempt>[1], of = funding as Parameters<typeof settleAttempt>[0]) => {
    const overruns: Overrun[] = []
    // What the ledger makes of it is its own affair; see ledger/ledger-contract.ts.
    const ledger = { settle: () => {} } as unknown as Ledger
    settleAttempt(of, end, { ledger, onOverrun: (overrun) => overruns.push(overrun) })
    return overruns
  }

  test('above the bound is reported with both figures, and never one within it', () => {
    const over = usage(bound.inputTokens, 101)
    assert.deepEqual(settling({ ...whole, usage: over }), [
      {
        requestId: funding.attempt.task.id,
        provider: 'openai',
        model: 'gpt-4o',
        bound: bound.amount,
        cost: costOfUsage(over, price),
      },
    ])
    assert.deepEqual(settling({ ...whole, usage: usage(bound.inputTokens, 100) }), [])
    assert.deepEqual(settling(whole), [])
    assert.deepEqual(settling({ usage: undefined, failure: left, deliveredTokens: 1_000_000 }), [])
    assert.deepEqual(settling({ ...whole, usage: usage(1_000_000, 1_000_000) }, free), [])
  })
})
