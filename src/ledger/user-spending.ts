// Owns what users have spent since an instant, by the figures that grant money.
import type { BudgetWindow } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import { addUsd, type NanoUsd, nanoUsd, ZERO_USD } from '../domain/money.ts'
import { BudgetClock, END_OF_TIME_MS } from './budget-window.ts'
import { COARSE_GRAIN_SECONDS, slotOf } from './slots.ts'
import type { LedgerStore } from './store.ts'

export interface UserSpendingOptions {
  readonly store: Pick<LedgerStore, 'figures'>
  readonly clock: Clock
  /** Writes what this process still holds back, so that it is seen. */
  readonly flush: () => Promise<void>
}

/** A user, and the window whose spending is asked for. */
export interface UserWindow {
  readonly userId: string
  readonly window: BudgetWindow
  /** Of the first slot what does not count, since it was spent before the window. */
  readonly without?: NanoUsd | undefined
}

export class UserSpending {
  readonly #options: UserSpendingOptions

  constructor(options: UserSpendingOptions) {
    this.#options = options
  }

  /** In the order of what is asked for. A window that begins inside a slot counts all of it. @throws StoreUnavailable */
  async within(asked: readonly UserWindow[]): Promise<readonly NanoUsd[]> {
    const { clock } = this.#options
    const nowMs = clock.wallMs()
    const spans = asked.map(({ userId, window }) => ({ userId, ...new BudgetClock(window, 'UTC').at(nowMs) }))
    const spent = await this.#figures(spans)
    return spent.map((sum, index) => {
      const { without = ZERO_USD } = asked[index] ?? {}
      return spans[index]?.grainSeconds === COARSE_GRAIN_SECONDS ? nanoUsd(Math.max(0, sum - without)) : sum
    })
  }

  /** In the quarter of an hour so far, in which spending is added up. @throws StoreUnavailable */
  async inSlot(userId: string, nowMs: number): Promise<NanoUsd> {
    const sinceMs = slotOf(nowMs, COARSE_GRAIN_SECONDS)
    const span = { grainSeconds: COARSE_GRAIN_SECONDS, sinceMs, untilMs: END_OF_TIME_MS }
    return (await this.#figures([{ userId, ...span }]))[0] ?? ZERO_USD
  }

  async #figures(
    spans: readonly { userId: string; grainSeconds: number; sinceMs: number; untilMs: number }[],
  ): Promise<readonly NanoUsd[]> {
    const { store, flush } = this.#options
    await flush()
    const subjects = spans.map(({ userId: name, grainSeconds, sinceMs, untilMs }) => ({
      ...{ scope: 'user' as const, name },
      ...{ grainSeconds, sinceMs, untilMs },
    }))
    return (await store.figures(subjects, 0)).map(({ spent, lost }) => addUsd(spent, lost))
  }
}
