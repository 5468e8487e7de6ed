// Owns money that is held for one attempt in this process, from its reservation until it is settled.
import type { ClearedAttempt, Reservation } from '../domain/attempt.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { ReservedEntry } from './journal/journal-entry.ts'
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

  /** What a journal says of it before it is sent. Never content. */
  journalEntry(): ReservedEntry {
    const { id, amount, madeAtMs, accounts } = this
    const { task, provider, model, reason, classification } = this.attempt
    return {
      id,
      amount,
      madeAtMs,
      subjects: accounts,
      provider: provider.name,
      model,
      reason,
      classification: classification.level,
      receivedAtMs: Math.round(task.receivedAtMs),
      keyId: task.keyId ?? null,
      user: (classification.restricted ? undefined : task.user) ?? null,
    }
  }

  madeBy(ledger: object): boolean {
    return this.#ledger === ledger
  }
}
