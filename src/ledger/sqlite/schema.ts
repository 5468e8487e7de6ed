// Owns the tables of a ledger file and how an older file becomes a current one.
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './transaction.ts'

/** Marks a file as a ledger of ours, in SQLite's header: `AEGI`. */
export const APPLICATION_ID = 0x41454749

/**
 * One script a version, never edited once released. Amounts are whole nano-dollars.
 *
 * - `reservation`: paid attempts under way. `seq` counts up and becomes the charge's, so that a charge is booked once
 *   without an index of random ids.
 * - `charge`: what attempts came to, never changed. `spend` is its sum by provider and month, kept in step.
 * - `usage`: a row a request. `usage_elsewhere`: the part of a row's cost that attempts at other models caused.
 *   `usage_by_day`: the sums of both by UTC day, so that summaries do not read rows. '' stands for none.
 * - `owner`: who writes the file, to be named to the next one who tries.
 */
const migrations: readonly string[] = [
  `CREATE TABLE reservation (
     seq INTEGER PRIMARY KEY,
     request_id TEXT NOT NULL,
     attempt_index INTEGER NOT NULL,
     provider TEXT NOT NULL,
     model TEXT NOT NULL,
     period TEXT NOT NULL,
     amount INTEGER NOT NULL,
     received_at_ms INTEGER NOT NULL,
     reason TEXT NOT NULL,
     classification TEXT NOT NULL,
     key_id TEXT,
     user TEXT
   ) STRICT;
   CREATE TABLE charge (
     seq INTEGER PRIMARY KEY,
     reservation TEXT NOT NULL,
     provider TEXT NOT NULL,
     model TEXT NOT NULL,
     period TEXT NOT NULL,
     reserved INTEGER NOT NULL,
     cost INTEGER NOT NULL,
     quality TEXT NOT NULL,
     status TEXT NOT NULL,
     charged_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE spend (
     provider TEXT NOT NULL,
     period TEXT NOT NULL,
     amount INTEGER NOT NULL,
     PRIMARY KEY (provider, period)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE usage (
     seq INTEGER PRIMARY KEY,
     request_id TEXT NOT NULL UNIQUE,
     received_at_ms INTEGER NOT NULL,
     duration_ms INTEGER NOT NULL,
     status TEXT NOT NULL,
     http_status INTEGER NOT NULL,
     provider TEXT,
     model TEXT,
     reason TEXT,
     classification TEXT NOT NULL,
     input_tokens INTEGER,
     output_tokens INTEGER,
     cached_input_tokens INTEGER,
     usage_quality TEXT,
     cost INTEGER NOT NULL,
     answer_cost INTEGER NOT NULL,
     key_id TEXT,
     user TEXT,
     attempts TEXT NOT NULL
   ) STRICT;
   CREATE INDEX usage_by_time ON usage (received_at_ms);
   CREATE TABLE usage_elsewhere (
     seq INTEGER PRIMARY KEY,
     received_at_ms INTEGER NOT NULL,
     provider TEXT NOT NULL,
     model TEXT NOT NULL,
     key_id TEXT,
     user TEXT,
     cost INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX usage_elsewhere_by_time ON usage_elsewhere (received_at_ms);
   CREATE TABLE usage_by_day (
     day INTEGER NOT NULL,
     provider TEXT NOT NULL,
     model TEXT NOT NULL,
     key_id TEXT NOT NULL,
     user TEXT NOT NULL,
     requests INTEGER NOT NULL,
     input_tokens INTEGER NOT NULL,
     output_tokens INTEGER NOT NULL,
     cost INTEGER NOT NULL,
     PRIMARY KEY (day, provider, model, key_id, user)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE owner (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     pid INTEGER NOT NULL,
     host TEXT NOT NULL,
     since_ms INTEGER NOT NULL,
     probes INTEGER NOT NULL
   ) STRICT;`,
]

/** The version that this program writes. */
export const SCHEMA_VERSION = migrations.length

/** The version of a file: 0 when it is empty. */
export function schemaVersion(database: DatabaseSync): number {
  return readNumber(database, 'PRAGMA user_version', 'user_version')
}

/**
 * Brings the tables up to date, all or nothing.
 * @example migrate(database)
 */
export function migrate(database: DatabaseSync): void {
  if (schemaVersion(database) >= SCHEMA_VERSION) return
  inTransaction(database, () => {
    for (const script of migrations.slice(schemaVersion(database))) database.exec(script)
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
  })
}

/** Whether the file is empty or says that it is a ledger. Reads only. */
export function isLedgerOrEmpty(database: DatabaseSync): boolean {
  if (readNumber(database, 'PRAGMA application_id', 'application_id') === APPLICATION_ID) return true
  return schemaVersion(database) === 0 && readNumber(database, 'SELECT count(*) AS n FROM sqlite_schema', 'n') === 0
}

function readNumber(database: DatabaseSync, sql: string, column: string): number {
  return Number(database.prepare(sql).get()?.[column] ?? 0)
}
