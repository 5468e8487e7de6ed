// Owns the making of attempts in tests: cleared by the real clearance and funded as a ledger does it.
import assert from 'node:assert/strict'
import type { Attempt, ClearedAttempt, FundedAttempt } from '../../src/domain/attempt.ts'
import { ZERO_USD } from '../../src/domain/money.ts'
import { fund } from '../../src/ledger/fund.ts'
import { clear } from '../../src/policy/clearance.ts'
import { openaiProvider } from './provider.ts'
import { classifiedAs, task } from './task.ts'

export interface AttemptParts extends Partial<Attempt> {
  readonly amount?: FundedAttempt['reservation']['amount']
  readonly outputTokenCap?: number | undefined
}

/** Public data for gpt-4o at OpenAI, free of charge, and what `parts` replaces. Clearance has to agree. */
export function fundedAttempt(parts: AttemptParts = {}): FundedAttempt {
  const cleared = clear(attempt(parts))
  assert.ok(cleared, 'clearance refused the attempt that a test wanted to make')
  return funded(cleared, parts)
}

/** The same without asking clearance: what a fault in routing would produce. */
export function forgedAttempt(parts: AttemptParts = {}): FundedAttempt {
  return funded(attempt(parts) as ClearedAttempt, parts)
}

function attempt(parts: AttemptParts): Attempt {
  const provider = parts.provider ?? openaiProvider()
  return {
    task: parts.task ?? task(),
    provider,
    model: parts.model ?? provider.models[0] ?? '',
    reason: parts.reason ?? 'default_local',
    classification: parts.classification ?? classifiedAs('public'),
  }
}

function funded(cleared: ClearedAttempt, { amount = ZERO_USD, outputTokenCap }: AttemptParts): FundedAttempt {
  const reservation = { id: `${cleared.task.id}:0`, amount, period: amount === 0 ? '' : '2026-11' }
  return fund(cleared, reservation, outputTokenCap)
}
