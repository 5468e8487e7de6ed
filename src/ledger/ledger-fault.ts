// Owns what a ledger tells its operator when something is not as it should be. Never content, never a key.
import type { NanoUsd } from '../domain/money.ts'

/**
 * A closed set: `kind` labels a metric, the rest is for the log line.
 * @example onFault: (fault) => log.warn(fault, `ledger: ${fault.kind}`)
 */
export type LedgerFault =
  /** A reservation was settled a second time; the second settlement changed nothing. */
  | { readonly kind: 'settled_twice'; readonly reservation: string }
  /** A reservation that this ledger did not make; nothing was changed. */
  | { readonly kind: 'unknown_reservation'; readonly reservation: string }
  /** A settlement without a usable cost: charged what was reserved. */
  | { readonly kind: 'invalid_cost'; readonly reservation: string }
  /** Attempts that a dead process had not settled were charged in full: nobody knows what they came to. */
  | {
      readonly kind: 'unsettled_charged'
      readonly owner: string
      readonly reservations: number
      readonly amount: NanoUsd
    }
  /** The journal of a dead process cannot be read. Its leases count as spent until somebody mends or removes it. */
  | { readonly kind: 'journal_unreadable'; readonly journal: string; readonly message: string }
  /** Processes that were not seen for long: their leases were charged, until they are seen again. */
  | { readonly kind: 'leases_forfeited'; readonly owners: readonly string[] }
  /** The store refused a write, or was not reached. What was to be written is kept, and is in the journal. */
  | { readonly kind: 'write_failed'; readonly message: string }
  /** Writes succeed again and what had waited is written. */
  | { readonly kind: 'write_recovered' }
  /** The journal cannot be written, so paid attempts are refused. */
  | { readonly kind: 'journal_failed'; readonly message: string }
  /** The store does not know this process: it was made anew, or restored from a backup. It was told again. */
  | { readonly kind: 'store_forgot_this_process' }
  /** The store was away for so long that usage rows had to be dropped. Charges are never dropped. */
  | { readonly kind: 'usage_rows_dropped'; readonly rows: number }
  /** The ledger was closed while the store refused writes. The next start writes what is in the journal. */
  | { readonly kind: 'closed_unwritten'; readonly charges: number; readonly usageRows: number }
  /** A settlement or an outcome came after `close`. Its reservation is charged in full at the next open. */
  | { readonly kind: 'used_after_close' }

/** Must not throw: it is called between two steps of the accounting. */
export type OnLedgerFault = (fault: LedgerFault) => void

/** Of `journal_failed`, when the store takes no more batches of this process. */
export const TAKEN_FOR_DEAD =
  'another process took the journal of this one for abandoned: was its lock file removed? Start this process again'
