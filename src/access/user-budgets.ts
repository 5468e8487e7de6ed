// Owns budgets that users are given: made and changed, and what the ledger enforces of them.
import { randomUUID } from 'node:crypto'
import type { Budget } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import { AegisError } from '../domain/errors.ts'
import { addUsd, type NanoUsd } from '../domain/money.ts'
import type { AccessDirectory, AccessEdit } from './access-directory.ts'
import type { User, UserBudget } from './access-types.ts'

export type UserBudgetWish = Partial<Pick<UserBudget, 'limit' | 'durationSeconds'>>

/** What is changed here holds for the next request in every process, and begins nothing anew. */
export class UserBudgetBook {
  readonly #directory: AccessDirectory
  readonly #clock: Clock

  constructor(directory: AccessDirectory, clock: Clock) {
    this.#directory = directory
    this.#clock = clock
  }

  /** @throws StoreUnavailable */
  create({ limit = null, durationSeconds = null }: UserBudgetWish): Promise<UserBudget> {
    return this.#directory.change(
      () => {
        const nowMs = this.#nowMs()
        const budget = { id: randomUUID(), limit, durationSeconds, createdAtMs: nowMs, updatedAtMs: nowMs }
        return { edits: [{ kind: 'budget', id: budget.id, value: budget }], result: budget }
      },
      { withdraws: false },
    )
  }

  /** Oldest first. @throws AegisError `ledger_unavailable` */
  async list(): Promise<readonly UserBudget[]> {
    await this.#directory.ask()
    const budgets = [...this.#directory.budgets.values()]
    return budgets.sort((left, right) => left.createdAtMs - right.createdAtMs || (left.id < right.id ? -1 : 1))
  }

  /** @throws AegisError `not_found`, `ledger_unavailable` */
  async get(id: string): Promise<UserBudget> {
    await this.#directory.ask()
    return this.#known(id)
  }

  /** @throws AegisError `not_found`; StoreUnavailable */
  update(id: string, change: UserBudgetWish): Promise<UserBudget> {
    return this.#directory.change(
      () => {
        const budget = { ...this.#known(id), ...change, updatedAtMs: this.#nowMs() }
        return { edits: [{ kind: 'budget', id, value: budget }], result: budget }
      },
      { withdraws: true },
    )
  }

  /** Users who had it have none. @throws AegisError `not_found`; StoreUnavailable */
  remove(id: string): Promise<void> {
    return this.#directory.change(
      () => {
        this.#known(id)
        const nowMs = this.#nowMs()
        const edits: AccessEdit[] = [{ kind: 'budget', id, value: undefined }]
        for (const user of this.#directory.users.values()) {
          if (user.budgetId !== id) continue
          const value: User = { ...user, budgetId: null, budgetStartedAtMs: null, updatedAtMs: nowMs }
          edits.push({ kind: 'user', id: user.id, value })
        }
        return { edits, result: undefined }
      },
      { withdraws: true },
    )
  }

  #known(id: string): UserBudget {
    const budget = this.#directory.budgets.get(id)
    if (!budget) throw new AegisError('not_found', 'There is no budget of this id. GET /v1/budgets lists them.')
    return budget
  }

  #nowMs(): number {
    return Math.round(this.#clock.wallMs())
  }
}

/** What a budget of a user gets beside its limit. */
export interface UserBudgetDefaults {
  readonly onExceeded: Budget['onExceeded']
  readonly alertAtPercent: readonly number[]
}

/** The users' budgets as the ledger holds them: each runs from its user's start. Those of one budget share its id. */
export function enforcedBudgets({ users, budgets }: AccessDirectory, defaults: UserBudgetDefaults): readonly Budget[] {
  const enforced: Budget[] = []
  for (const user of users.values()) {
    const { id, budgetId, budgetStartedAtMs, deletedAtMs } = user
    const budget = budgetId === null ? undefined : budgets.get(budgetId)
    if (!budget || budget.limit === null || budgetStartedAtMs === null || deletedAtMs !== null) continue
    enforced.push({
      id: `user_budget:${budget.id}`,
      scope: 'user',
      subject: id,
      window: { kind: 'interval', sinceMs: budgetStartedAtMs, seconds: budget.durationSeconds ?? undefined },
      timeZone: 'UTC',
      limit: withoutSpentBefore(user, budget.limit, budget.durationSeconds),
      soft: false,
      onExceeded: defaults.onExceeded,
      alertAtPercent: defaults.alertAtPercent,
      rule: `/v1/budgets/${budget.id}`,
    })
  }
  return enforced
}

/** A user that was made again owes nothing, though the quarter of an hour in which that was counts as one sum. */
function withoutSpentBefore(
  { budgetStartedAtMs, spendSinceMs, spentBefore }: User,
  limit: NanoUsd,
  durationSeconds: number | null,
): NanoUsd {
  return durationSeconds === null && budgetStartedAtMs === spendSinceMs ? addUsd(limit, spentBefore) : limit
}

/** When the budget of a user began that runs now, and when the next one does; undefined when never. */
export function budgetPeriod(
  { budgetStartedAtMs, spendSinceMs }: User,
  durationSeconds: number | null,
  nowMs: number,
): { readonly startedAtMs: number; readonly nextMs: number | undefined } {
  if (budgetStartedAtMs === null) return { startedAtMs: spendSinceMs, nextMs: undefined }
  if (durationSeconds === null) return { startedAtMs: budgetStartedAtMs, nextMs: undefined }
  const lengthMs = durationSeconds * 1000
  const passed = Math.max(0, Math.floor((nowMs - budgetStartedAtMs) / lengthMs))
  const startedAtMs = budgetStartedAtMs + passed * lengthMs
  return { startedAtMs, nextMs: startedAtMs + lengthMs }
}
