// Owns the accounts of this process: which subjects an attempt's cost counts for, and which budgets hold each of them.
import type { Attempt } from '../../domain/attempt.ts'
import { type Budget, type BudgetScope, EACH } from '../../domain/budget.ts'
import { SubjectAccount } from './subject-account.ts'

/** Stands for a name that came with restricted data: it may be content, so it is kept nowhere. */
const UNNAMED = '(restricted)'

/** Users and keys without a lease are forgotten beyond so many, the oldest first. */
const MOST_ACCOUNTS = 10_000

/**
 * The provider, the key, the user, the tags that have a budget, and all together.
 * @example accounts.of(attempt).every((account) => account.fits(amount, wallMs))
 */
export class Accounts {
  readonly #accounts = new Map<string, SubjectAccount>()
  /** Of attempts without tags, by provider, key and user. */
  readonly #found = new Map<string, readonly SubjectAccount[]>()
  #budgets: readonly Budget[] = []
  /** By scope and subject. */
  #bySubject: ReadonlyMap<string, readonly Budget[]> = new Map()
  /** Tags are the caller's words without end, so only those with a budget are added up. */
  #tags: ReadonlySet<string> = new Set()
  #everyTag = false

  setBudgets(budgets: readonly Budget[]): void {
    this.#budgets = budgets
    this.#bySubject = Map.groupBy(budgets, ({ scope, subject }) => `${scope} ${scope === 'global' ? '' : subject}`)
    const tags = budgets.filter(({ scope }) => scope === 'tag').map(({ subject }) => subject)
    this.#tags = new Set(tags)
    this.#everyTag = this.#tags.has(EACH)
    for (const account of this.#accounts.values()) {
      const held = this.#budgetsOf(account.scope, account.name)
      if (!isSame(held, account.budgets)) account.setBudgets(held)
    }
  }

  /** All budgets, as set last. */
  get budgets(): readonly Budget[] {
    return this.#budgets
  }

  of(attempt: Attempt): readonly SubjectAccount[] {
    const { task, provider, classification } = attempt
    if (task.hints.tags !== undefined || classification.restricted) return this.#find(attempt)
    const key = task.keyId === undefined ? '' : `key ${task.keyId}`
    const id = task.user === undefined ? `${provider.name}\n${key}` : `${provider.name}\n${key}\n${task.user}`
    const known = this.#found.get(id)
    if (known !== undefined) return known
    if (this.#found.size >= MOST_ACCOUNTS) this.#found.clear()
    const found = this.#find(attempt)
    this.#found.set(id, found)
    return found
  }

  #find({ task, provider, classification }: Attempt): readonly SubjectAccount[] {
    const found = [this.get('provider', provider.name), this.get('global', '')]
    if (task.keyId !== undefined) found.push(this.get('key', task.keyId))
    const { restricted } = classification
    if (task.user !== undefined)
      found.push(this.get('user', this.#safeName('user', task.user, restricted && !task.userIsKnown)))
    if (task.hints.tags !== undefined && this.#tags.size > 0) {
      for (const tag of new Set(task.hints.tags)) {
        if (this.#everyTag || this.#tags.has(tag)) found.push(this.get('tag', this.#safeName('tag', tag, restricted)))
      }
    }
    return found
  }

  get(scope: BudgetScope, name: string): SubjectAccount {
    const id = `${scope} ${name}`
    const known = this.#accounts.get(id)
    if (known !== undefined) return known
    if (this.#accounts.size >= MOST_ACCOUNTS) this.#forgetUnused()
    const account = new SubjectAccount({ scope, name })
    account.setBudgets(this.#budgetsOf(scope, name))
    this.#accounts.set(id, account)
    return account
  }

  all(): Iterable<SubjectAccount> {
    return this.#accounts.values()
  }

  #budgetsOf(scope: BudgetScope, name: string): readonly Budget[] {
    const own = this.#bySubject.get(`${scope} ${name}`) ?? []
    const each = name === EACH ? [] : (this.#bySubject.get(`${scope} ${EACH}`) ?? [])
    return each.length === 0 ? own : [...own, ...each]
  }

  #safeName(scope: BudgetScope, name: string, restricted: boolean): string {
    return !restricted || this.#bySubject.has(`${scope} ${name}`) ? name : UNNAMED
  }

  #forgetUnused(): void {
    this.#found.clear()
    for (const [id, account] of this.#accounts) {
      const { held, pending, reserved, releasing, asking, doubtful } = account
      const used = held !== 0 || pending !== 0 || reserved !== 0 || releasing !== 0 || asking > 0 || doubtful
      if (!used) this.#accounts.delete(id)
      if (this.#accounts.size < MOST_ACCOUNTS / 2) return
    }
  }
}

/** A lease that was taken within other limits has to be taken again; the others stay. */
function isSame(left: readonly Budget[], right: readonly Budget[]): boolean {
  return left.length === right.length && (left.length === 0 || JSON.stringify(left) === JSON.stringify(right))
}

/** Whether every account has room. */
export function fitsAll(accounts: readonly SubjectAccount[], amount: number, wallMs: number): boolean {
  for (const account of accounts) if (!account.fits(amount, wallMs)) return false
  return true
}
