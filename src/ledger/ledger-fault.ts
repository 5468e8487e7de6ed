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
  /** Said at open: attempts of a process that died, charged in full because nobody knows what they came to. */
  | { readonly kind: 'unsettled_charged'; readonly reservations: number; readonly amount: NanoUsd }
  /**
   * The store refused a write. Paid attempts are refused until `write_recovered`; what was to be written is kept.
   * (When one reservation alone could not be stored, for a reason of its own, that attempt is refused and no more.)
   */
  | {
      readonly kind: 'write_failed'
      readonly operation: 'reserve' | 'flush'
      /** SQLite's result code, 0 when the error was not SQLite's. */
      readonly code: number
      readonly message: string
    }
  /** Writes succeed again and what had waited is written. */
  | { readonly kind: 'write_recovered' }
  /** The store was away for so long that usage rows had to be dropped. Charges are never dropped. */
  | { readonly kind: 'usage_rows_dropped'; readonly rows: number }
  /** One usage row could not be stored; its charges are not affected. */
  | { readonly kind: 'usage_row_refused'; readonly requestId: string; readonly message: string }
  /** The ledger was closed while the store refused writes. Open reservations are charged in full at the next open. */
  | { readonly kind: 'closed_unwritten'; readonly charges: number; readonly usageRows: number }
  /** A settlement or an outcome came after `close`. Its reservation is charged in full at the next open. */
  | { readonly kind: 'used_after_close' }

/** Must not throw: it is called between two steps of the accounting. */
export type OnLedgerFault = (fault: LedgerFault) => void
