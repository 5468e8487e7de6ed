// Owns the tables of a ledger file and how an older file becomes a current one.
import type { DatabaseSync } from 'node:sqlite'
import { accessTables } from './access-schema.ts'
import { contentTables } from './content-table.ts'
import { decisionTables } from './decision-table.ts'
import { doorTables } from './door-table.ts'
import { limitTables } from './limit-schema.ts'
import { fineSpendIndex } from './money-tables.ts'
import { copyMonthlyTables, moveMonthlyTables } from './monthly-tables.ts'
import { rolloutTables } from './rollout-table.ts'
import { taintTables } from './taint-table.ts'
import { inTransaction } from './transaction.ts'

/** Marks a file as a ledger of ours, in SQLite's header: `AEGI`. */
export const APPLICATION_ID = 0x41454749

/**
 * The tables. A change to them is a step of `migrate`. Amounts are whole nano-dollars, times milliseconds since 1970.
 *
 * - `lease`: what a process may spend without asking. `forfeited_slot_ms`: it was charged there, as unsettled, because
 *   its owner was not seen for long.
 * - `owner`: the processes, and how far each has written.
 * - `spend`: charges by subject, added up in slots of time.
 * - `budget`: limits set at run time; those of the configuration are not stored.
 * - `content`, `batch`, `batch_item`: see content-table.ts. Keys, users, prices: see access-schema.ts.
 * - `taint`, `taint_state`: see taint-table.ts. `door`: providers that are closed for restricted data.
 * - `alert`: thresholds that were passed, once each, until they are delivered.
 * - `usage`: a row a request. `usage_tag`: its tags, for pages by tag. `usage_elsewhere`: the part of a row's cost that
 *   attempts at other models caused. `usage_sum`: the sums of both by grouping and slot of time. '' stands for none.
 */
const tables = `CREATE TABLE owner (
     id TEXT PRIMARY KEY,
     host TEXT NOT NULL,
     pid INTEGER NOT NULL,
     last_batch INTEGER NOT NULL,
     seen_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE lease (
     owner TEXT NOT NULL,
     scope TEXT NOT NULL,
     name TEXT NOT NULL,
     amount INTEGER NOT NULL,
     reserved INTEGER NOT NULL,
     forfeited_slot_ms INTEGER,
     PRIMARY KEY (owner, scope, name)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX lease_by_subject ON lease (scope, name);
   CREATE TABLE spend (
     scope TEXT NOT NULL,
     name TEXT NOT NULL,
     grain_seconds INTEGER NOT NULL,
     slot_ms INTEGER NOT NULL,
     amount INTEGER NOT NULL,
     unsettled INTEGER NOT NULL,
     PRIMARY KEY (scope, name, grain_seconds, slot_ms)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE budget (
     id TEXT PRIMARY KEY,
     scope TEXT NOT NULL,
     subject TEXT NOT NULL,
     window_kind TEXT NOT NULL,
     window_seconds INTEGER,
     time_zone TEXT NOT NULL,
     limit_nano INTEGER NOT NULL,
     soft INTEGER NOT NULL,
     on_exceeded TEXT NOT NULL,
     alert_at TEXT NOT NULL,
     rule TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     updated_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE alert (
     id TEXT PRIMARY KEY,
     payload TEXT NOT NULL,
     raised_ms INTEGER NOT NULL,
     tries INTEGER NOT NULL,
     due_ms INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX alert_due ON alert (due_ms) WHERE due_ms IS NOT NULL;
   CREATE TABLE usage (
     received_at_ms INTEGER NOT NULL,
     request_id TEXT NOT NULL,
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
     reasoning_tokens INTEGER,
     usage_quality TEXT,
     cost INTEGER NOT NULL,
     answer_cost INTEGER NOT NULL,
     key_id TEXT,
     user TEXT,
     tags TEXT NOT NULL,
     attempts TEXT NOT NULL,
     PRIMARY KEY (received_at_ms, request_id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX usage_by_provider ON usage (provider, received_at_ms, request_id) WHERE provider IS NOT NULL;
   CREATE INDEX usage_by_model ON usage (model, received_at_ms, request_id) WHERE model IS NOT NULL;
   CREATE INDEX usage_by_key ON usage (key_id, received_at_ms, request_id) WHERE key_id IS NOT NULL;
   CREATE INDEX usage_by_user ON usage (user, received_at_ms, request_id) WHERE user IS NOT NULL;
   CREATE TABLE usage_tag (
     tag TEXT NOT NULL,
     received_at_ms INTEGER NOT NULL,
     request_id TEXT NOT NULL,
     PRIMARY KEY (tag, received_at_ms, request_id)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE usage_elsewhere (
     received_at_ms INTEGER NOT NULL,
     request_id TEXT NOT NULL,
     provider TEXT NOT NULL,
     model TEXT NOT NULL,
     key_id TEXT,
     user TEXT,
     tags TEXT NOT NULL,
     cost INTEGER NOT NULL,
     PRIMARY KEY (received_at_ms, request_id, provider, model)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE usage_sum (
     grouping TEXT NOT NULL,
     grain_seconds INTEGER NOT NULL,
     slot_ms INTEGER NOT NULL,
     name TEXT NOT NULL,
     requests INTEGER NOT NULL,
     input_tokens INTEGER NOT NULL,
     output_tokens INTEGER NOT NULL,
     cost INTEGER NOT NULL,
     PRIMARY KEY (grouping, grain_seconds, slot_ms, name)
   ) STRICT, WITHOUT ROWID;`

/** What was added since, a step each: `laterTables[0]` makes version 3 of 2. Never edited once released. */
const laterTables: readonly string[] = [
  contentTables,
  accessTables,
  `${rolloutTables} ${decisionTables}`,
  taintTables,
  limitTables,
  doorTables,
  fineSpendIndex,
  'ALTER TABLE usage ADD COLUMN endpoint TEXT;',
]

/** 1 had budgets by provider and month only, and one process a file. */
const FIRST_SHARED_VERSION = 2

/** The version that this program writes. */
export const SCHEMA_VERSION = FIRST_SHARED_VERSION + laterTables.length

/** The version of a file: 0 when it is empty. */
export function schemaVersion(database: DatabaseSync): number {
  return readNumber(database, 'PRAGMA user_version', 'user_version')
}

/**
 * Brings the tables up to date, all or nothing; when several processes try at once, one does it.
 * @example migrate(database)
 */
export function migrate(database: DatabaseSync): void {
  if (schemaVersion(database) >= SCHEMA_VERSION) return
  inTransaction(database, () => {
    const before = schemaVersion(database)
    switch (before) {
      case 0:
        database.exec(tables)
        break
      case 1:
        moveMonthlyTables(database)
        database.exec(tables)
        break
    }
    for (const step of laterTables.slice(Math.max(0, before - FIRST_SHARED_VERSION))) database.exec(step)
    // By the same statements as any row, so into tables that are current.
    if (before === 1) copyMonthlyTables(database)
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
  })
}

/** Whether the file is empty or says that it is a ledger. Reads only, and at one moment: others may be making it. */
export function isLedgerOrEmpty(database: DatabaseSync): boolean {
  database.exec('BEGIN')
  try {
    if (readNumber(database, 'PRAGMA application_id', 'application_id') === APPLICATION_ID) return true
    return schemaVersion(database) === 0 && readNumber(database, 'SELECT count(*) AS n FROM sqlite_schema', 'n') === 0
  } finally {
    database.exec('COMMIT')
  }
}

function readNumber(database: DatabaseSync, sql: string, column: string): number {
  return Number(database.prepare(sql).get()?.[column] ?? 0)
}
