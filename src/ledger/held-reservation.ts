// Owns money that is held for one attempt in this process, from its reservation until it is settled.
import type { ClearedAttempt, Reservation } from '../domain/attempt.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { SubjectAccount } from './leases/subject-account.ts'

/** It remembers where it was booked and whether it was settled, so that settling is exact. */
export class HeldReservation implements Reservation {
  readonly id: string
  readonly amount: NanoUsd
  readonly attempt: ClearedAttempt
  readonly accounts: readonly SubjectAccount[]
  /** Fixes the periods in which its charge counts, milliseconds since 1970. */
  readonly madeAtMs: number
  settled = false
  readonly #ledger: object

  constructor(
    ledger: object,
    id: string,
    amount: NanoUsd,
    attempt: ClearedAttempt,
    accounts: readonly SubjectAccount[],
    madeAtMs: number,
  ) {
    this.#ledger = ledger
    this.id = id
    this.amount = amount
    this.attempt = attempt
    this.accounts = accounts
    this.madeAtMs = madeAtMs
  }

  madeBy(ledger: object): boolean {
    return this.#ledger === ledger
  }
}
