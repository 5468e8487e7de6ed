// Owns what the journal says of a reservation: enough to charge it, and to write its row, without its process.
import type { HeldReservation } from '../held-reservation.ts'
import type { ReservedEntry } from './journal-entry.ts'

/** A name that came with restricted data may be content, so it is left out. */
export function journalEntry({ id, amount, attempt, accounts, madeAtMs }: HeldReservation): ReservedEntry {
  const { task, provider, model, reason, classification } = attempt
  const { tags = [] } = task.hints
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
    ...(classification.restricted || tags.length === 0 ? {} : { tags: [...new Set(tags)] }),
  }
}
