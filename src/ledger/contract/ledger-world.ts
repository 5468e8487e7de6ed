// Owns the world in which the ledger contract is tested: a clock that tests set, and short words for what they do.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Attempt, ClearedAttempt, FundedAttempt } from '../../domain/attempt.ts'
import type { Budget, BudgetExceeded, BudgetStatus } from '../../domain/budget.ts'
import { ChatBody } from '../../domain/chat-body.ts'
import type { Clock } from '../../domain/clock.ts'
import { type NanoUsd, nanoUsd, ZERO_USD } from '../../domain/money.ts'
import type { AttemptRecord, Outcome } from '../../domain/outcome.ts'
import type { UsageQuality } from '../../domain/usage.ts'
import type { Ledger, ReserveResult } from '../ledger.ts'
import type { LedgerFault } from '../ledger-fault.ts'

const PATIENCE_MS = 60_000

/** What a ledger under test is made from. */
export interface LedgerSetup {
  readonly clock: Clock
  readonly budgets: readonly Budget[]
  readonly onFault: (fault: LedgerFault) => void
}

export interface WorldOptions {
  readonly limits?: Readonly<Record<string, number>>
  readonly timeZone?: string
  readonly budgets?: readonly Budget[]
  readonly at?: string
}

/** Makes an empty ledger. What it needs beyond the setup, such as a file of its own, it makes itself. */
export type MakeLedger = (setup: LedgerSetup) => Ledger | Promise<Ledger>

/** A clock that stands still until it is set, in either direction. */
export class ManualClock implements Clock {
  nowMs: number

  constructor(start: string) {
    this.nowMs = Date.parse(start)
  }

  set(instant: string): void {
    this.nowMs = Date.parse(instant)
  }

  wallMs(): number {
    return this.nowMs
  }

  monotonicMs(): number {
    return this.nowMs
  }
}

/** A cleared attempt as policy/clearance.ts would make it. */
export function clearedAttempt(requestId: string, provider = 'openai', model = 'gpt-5-mini'): ClearedAttempt {
  const receivedAtMs = Date.parse('2026-11-23T08:00:00Z')
  const attempt: Attempt = {
    task: {
      id: requestId,
      receivedAtMs,
      timeoutMs: 60_000,
      model: { by: 'policy' },
      hints: {},
      body: new ChatBody(Buffer.from('{}'), {}, []),
      keyId: 'key_1',
      user: 'ann',
    },
    provider: { name: provider, kind: 'openai', location: 'cloud', role: 'openai', models: [model], simulated: false },
    model,
    reason: 'scale_or_quality',
    classification: { level: 'public', undecidable: false, restricted: false, source: 'declared' },
  }
  return attempt as ClearedAttempt
}

/** A request that `openai/gpt-5-mini` answered, received at the clock's start, unless `changes` says otherwise. */
export function answeredOutcome(requestId: string, changes: Partial<Outcome> = {}): Outcome {
  const receivedAtMs = changes.receivedAtMs ?? Date.parse('2026-11-23T08:00:00Z')
  const cost = changes.cost ?? ZERO_USD
  return {
    requestId,
    receivedAtMs,
    endedAtMs: receivedAtMs + 1200,
    status: 'ok',
    httpStatus: 200,
    classification: { level: 'public', undecidable: false, restricted: false, source: 'declared' },
    attempts: [attemptRecord('openai', 'gpt-5-mini', cost, 'answered')],
    answeredBy: { provider: 'openai', model: 'gpt-5-mini', location: 'cloud', reason: 'scale_or_quality' },
    cost,
    stream: false,
    ...changes,
  }
}

function attemptRecord(provider: string, model: string, cost: number, result: AttemptRecord['result']): AttemptRecord {
  return { provider, model, location: 'cloud', reason: 'fallback', result, durationMs: 1, cost: nanoUsd(cost) }
}

/** A limit of a calendar month for a provider, unless `changes` say otherwise. */
export function budgetOf(limit: number, changes: Partial<Budget> = {}): Budget {
  const { scope = 'provider', subject = 'openai', window = { kind: 'month' } } = changes
  return {
    id: `${scope}:${subject}:${window.kind}`,
    scope,
    subject,
    window,
    timeZone: 'UTC',
    limit: nanoUsd(limit),
    soft: false,
    onExceeded: 'fallback',
    alertAtPercent: [80, 90, 100],
    rule: `budgets.monthly_limits.${subject}`,
    ...changes,
  }
}

/** One ledger and what happened to it. Closes the ledger when it goes out of scope. */
export class LedgerWorld {
  readonly clock: ManualClock
  readonly faults: LedgerFault[]
  readonly ledger: Ledger
  #requests = 0

  private constructor(clock: ManualClock, faults: LedgerFault[], ledger: Ledger) {
    this.clock = clock
    this.faults = faults
    this.ledger = ledger
  }

  /** Limits in nano-dollars, 1000 for openai unless told; the clock stands at noon of November 23, 2026, UTC. */
  static async open(
    makeLedger: MakeLedger,
    { limits = { openai: 1000 }, timeZone = 'UTC', budgets = [], at = '2026-11-23T12:00:00Z' }: WorldOptions = {},
  ): Promise<LedgerWorld> {
    const clock = new ManualClock(at)
    const faults: LedgerFault[] = []
    const monthly = Object.entries(limits).map(([subject, limit]) => budgetOf(limit, { subject, timeZone }))
    const ledger = await makeLedger({
      clock,
      budgets: [...monthly, ...budgets],
      onFault: (fault) => void faults.push(fault),
    })
    return new LedgerWorld(clock, faults, ledger)
  }

  /** On a machine that is too busy for the store to answer in time the caller is told so, and asks again. */
  async reserve(amount: number, provider = 'openai'): Promise<ReserveResult> {
    this.#requests += 1
    const attempt = clearedAttempt(`req_${this.#requests}`, provider)
    const bound = { amount: nanoUsd(amount), outputTokenCap: 64 }
    for (const sinceMs = performance.now(); ; await pause(10)) {
      const result = await this.ledger.reserve(attempt, bound, { attemptIndex: 0 })
      if (result.outcome !== 'ledger_unavailable' || performance.now() - sinceMs > PATIENCE_MS) return result
    }
  }

  async fund(amount: number, provider = 'openai'): Promise<FundedAttempt> {
    const result = await this.reserve(amount, provider)
    assert.equal(result.outcome, 'reserved')
    return result.attempt
  }

  async refusal(amount: number, provider = 'openai'): Promise<BudgetExceeded> {
    const result = await this.reserve(amount, provider)
    assert.equal(result.outcome, 'budget_exceeded')
    return result
  }

  settle(attempt: FundedAttempt, cost: number, quality: UsageQuality = 'reported'): void {
    this.ledger.settle(attempt, { cost: nanoUsd(cost), usage: undefined, quality })
  }

  /** The budget of a provider that has a limit. */
  async budget(provider = 'openai'): Promise<BudgetStatus> {
    const status = (await this.ledger.budgets()).find(({ subject }) => subject === provider)
    assert.ok(status, `${provider} has no budget`)
    return status
  }

  /** Spent and reserved of a provider, now. */
  async figures(provider = 'openai'): Promise<{ spent: NanoUsd; reserved: NanoUsd }> {
    const { spent, reserved } = await this.budget(provider)
    return { spent, reserved }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ledger.close()
  }
}
