// Owns looking into a ledger file from another process, such as the command line, while a server writes it.
import type { DatabaseSync } from 'node:sqlite'
import { BudgetBook, type BudgetBookOptions } from '../budget-book.ts'
import type { BudgetStatus, Ledger } from '../ledger.ts'
import { openForReading } from './ledger-file.ts'
import { loadBook } from './ledger-store.ts'
import { UsageQueries } from './usage-queries.ts'

/** The reading half of the port. */
export interface LedgerReader extends Pick<Ledger, 'budgets' | 'usage' | 'summary'> {
  close(): void
}

/**
 * Opens a ledger file for reading. What a server has settled in the last 50 ms still shows as reserved.
 * @throws LedgerFileError when there is no such file, or it is foreign, of another version or damaged.
 * @example
 * const reader = openSqliteLedgerReader('./aegis.db', { clock, limits, timeZone: 'UTC' })
 * reader.budgets().map(({ subject, spent, limit }) => `${subject} ${usdText(spent)} of ${usdText(limit)}`)
 */
export function openSqliteLedgerReader(path: string, options: BudgetBookOptions): LedgerReader {
  const database = openForReading(path)
  const queries = new UsageQueries(database)
  return {
    budgets: () => readBudgets(database, options),
    usage: (query) => queries.page(query),
    summary: (grouping, query) => inSnapshot(database, () => queries.summary(grouping, query)),
    close: () => database.close(),
  }
}

/** A book filled from the file does the arithmetic, as it does for the server. */
function readBudgets(database: DatabaseSync, options: BudgetBookOptions): BudgetStatus[] {
  const book = new BudgetBook(options)
  inSnapshot(database, () => loadBook(database, book))
  return book.budgets()
}

/** Several queries see one state of the file, though a server goes on writing. */
function inSnapshot<Result>(database: DatabaseSync, read: () => Result): Result {
  database.exec('BEGIN')
  try {
    return read()
  } finally {
    database.exec('COMMIT')
  }
}
