// Owns what can be done with users: made, changed, blocked, deleted, and made again.
import type { Clock } from '../domain/clock.ts'
import { AegisError } from '../domain/errors.ts'
import { type NanoUsd, ZERO_USD } from '../domain/money.ts'
import type { AccessDirectory, AccessEdit, Editing } from './access-directory.ts'
import type { User } from './access-types.ts'

export type UserWish = Pick<User, 'id'> & Partial<Pick<User, 'alias' | 'budgetId' | 'blocked' | 'metadata'>>
export type UserChange = Partial<Omit<UserWish, 'id'>>

/** What was spent under a name since the begin of the quarter of an hour of an instant. */
export type SpentInSlot = (userId: string, nowMs: number) => Promise<NanoUsd>

export function newUser(
  { id, alias, budgetId, blocked, metadata }: UserWish,
  nowMs: number,
  spentBefore = ZERO_USD,
): User {
  return {
    id,
    alias: alias ?? null,
    budgetId: budgetId ?? null,
    blocked: blocked ?? false,
    metadata: metadata ?? {},
    budgetStartedAtMs: budgetId == null ? null : nowMs,
    spendSinceMs: nowMs,
    spentBefore,
    deletedAtMs: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
}

/** What is changed here holds for the next request in every process. */
export class UserBook {
  readonly #directory: AccessDirectory
  readonly #clock: Clock
  readonly #spentInSlot: SpentInSlot

  constructor(directory: AccessDirectory, clock: Clock, spentInSlot: SpentInSlot) {
    this.#directory = directory
    this.#clock = clock
    this.#spentInSlot = spentInSlot
  }

  /**
   * One that was deleted is made again, and has spent nothing.
   * @throws AegisError `conflict` when there is one, `not_found` when there is no such budget; StoreUnavailable
   */
  async create(wish: UserWish): Promise<User> {
    const before = await this.#spentInSlot(wish.id, this.#nowMs())
    return this.#change(() => {
      if (this.#known(wish.id))
        throw new AegisError('conflict', 'A user of this id already exists.', { param: 'user_id' })
      this.#checkBudget(wish.budgetId)
      const user = newUser(wish, this.#nowMs(), before)
      return { edits: [{ kind: 'user', id: wish.id, value: user }], result: user }
    }, false)
  }

  /** Without those that were deleted, oldest first. @throws AegisError `ledger_unavailable` */
  async list(): Promise<readonly User[]> {
    await this.#directory.ask()
    const users = [...this.#directory.users.values()].filter(({ deletedAtMs }) => deletedAtMs === null)
    return users.sort((left, right) => left.createdAtMs - right.createdAtMs || (left.id < right.id ? -1 : 1))
  }

  /** @throws AegisError `not_found`, `ledger_unavailable` */
  async get(id: string): Promise<User> {
    await this.#directory.ask()
    return this.#known(id) ?? notFound()
  }

  /** A user that is given another budget begins it now. @throws AegisError `not_found`; StoreUnavailable */
  update(id: string, change: UserChange): Promise<User> {
    return this.#change(() => {
      const known = this.#known(id) ?? notFound()
      const nowMs = this.#nowMs()
      const { budgetId = known.budgetId } = change
      if (budgetId !== known.budgetId) this.#checkBudget(budgetId)
      const started = budgetId === null ? null : budgetId === known.budgetId ? known.budgetStartedAtMs : nowMs
      const user = { ...known, ...change, budgetId, budgetStartedAtMs: started, updatedAtMs: nowMs }
      return { edits: [{ kind: 'user', id, value: user }], result: user }
    }, true)
  }

  /** The user's keys are good no more; usage stays. @throws AegisError `not_found`; StoreUnavailable */
  remove(id: string): Promise<void> {
    return this.#change(() => {
      const known = this.#known(id) ?? notFound()
      const nowMs = this.#nowMs()
      const edits: AccessEdit[] = [{ kind: 'user', id, value: { ...known, deletedAtMs: nowMs, updatedAtMs: nowMs } }]
      for (const { key } of this.#directory.keys.values()) {
        if (key.userId !== id || !key.active) continue
        edits.push({ kind: 'key', id: key.id, value: { ...key, active: false, updatedAtMs: nowMs } })
      }
      return { edits, result: undefined }
    }, true)
  }

  #known(id: string): User | undefined {
    const user = this.#directory.users.get(id)
    return user?.deletedAtMs === null ? user : undefined
  }

  #checkBudget(id: string | null | undefined): void {
    if (id == null || this.#directory.budgets.has(id)) return
    throw new AegisError('not_found', 'There is no budget of this id. GET /v1/budgets lists them.', {
      param: 'budget_id',
    })
  }

  #change<Result>(edit: Editing<Result>, withdraws: boolean): Promise<Result> {
    return this.#directory.change(edit, { withdraws })
  }

  #nowMs(): number {
    return Math.round(this.#clock.wallMs())
  }
}

function notFound(): never {
  throw new AegisError('not_found', 'There is no user of this id. GET /v1/users lists them.')
}
