// Owns the tables of a ledger's schema and how an older one becomes a current one. Nothing outside that schema is touched.
import { accessTables } from './access-schema.ts'
import type { Connections } from './connections.ts'
import { contentTables } from './content-table.ts'
import { decisionTables } from './decision-table.ts'
import { doorTables } from './door-table.ts'
import { LedgerDatabaseError } from './ledger-database-error.ts'
import { limitTables } from './limit-schema.ts'
import { fineSpendIndex } from './prune.ts'
import { rolloutTables } from './rollout-table.ts'
import type { Transaction } from './session.ts'
import { taintTables } from './taint-table.ts'

/**
 * One script a version, never edited once released. Amounts are whole nano-dollars, times milliseconds since 1970.
 * Names are compared byte by byte (`COLLATE "C"`), as SQLite does, and so no update of a system's locales spoils an
 * index. Tables whose rows change often leave room in their pages, so that a change needs no new index entry.
 *
 * - `account`: has a row for each subject that leases are granted for; who grants locks it.
 * - `lease`: what a process may spend without asking. `forfeited_slot_ms`: it was charged there, as unsettled, because
 *   its owner was not seen for long.
 * - `owner`: the processes, and how far each has written.
 * - `spend`: charges by subject, added up in slots of time.
 * - `budget`: limits set at run time; those of the configuration are not stored.
 * - `alert`: thresholds that were passed, once each, until they are delivered.
 * - `content`, `batch`, `batch_item`: see content-table.ts.
 * - `taint`, `taint_state`: see taint-table.ts. `door`: providers that are closed for restricted data.
 * - `usage`: a row a request. `usage_tag`: its tags, for pages by tag. `usage_elsewhere`: the part of a row's cost that
 *   attempts at other models caused. `usage_sum`: the sums of both by grouping and slot of time. '' stands for none.
 */
const migrations: readonly string[] = [
  `CREATE TABLE owner (
     id text COLLATE "C" PRIMARY KEY,
     host text NOT NULL,
     pid bigint NOT NULL,
     last_batch bigint NOT NULL,
     seen_ms bigint NOT NULL
   ) WITH (fillfactor = 50);
   CREATE TABLE account (
     scope text COLLATE "C" NOT NULL,
     name text COLLATE "C" NOT NULL,
     PRIMARY KEY (scope, name)
   ) WITH (fillfactor = 50);
   CREATE TABLE lease (
     owner text COLLATE "C" NOT NULL,
     scope text COLLATE "C" NOT NULL,
     name text COLLATE "C" NOT NULL,
     amount bigint NOT NULL,
     reserved bigint NOT NULL,
     forfeited_slot_ms bigint,
     PRIMARY KEY (scope, name, owner)
   ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
   CREATE INDEX lease_by_owner ON lease (owner);
   CREATE TABLE spend (
     scope text COLLATE "C" NOT NULL,
     name text COLLATE "C" NOT NULL,
     grain_seconds bigint NOT NULL,
     slot_ms bigint NOT NULL,
     amount bigint NOT NULL,
     unsettled bigint NOT NULL,
     PRIMARY KEY (scope, name, grain_seconds, slot_ms)
   ) WITH (fillfactor = 70);
   CREATE TABLE budget (
     id text COLLATE "C" PRIMARY KEY,
     scope text NOT NULL,
     subject text NOT NULL,
     window_kind text NOT NULL,
     window_seconds bigint,
     time_zone text NOT NULL,
     limit_nano bigint NOT NULL,
     soft boolean NOT NULL,
     on_exceeded text NOT NULL,
     alert_at double precision[] NOT NULL,
     rule text NOT NULL,
     created_ms bigint NOT NULL,
     updated_ms bigint NOT NULL
   );
   CREATE TABLE alert (
     id text COLLATE "C" PRIMARY KEY,
     payload text NOT NULL,
     raised_ms bigint NOT NULL,
     tries bigint NOT NULL,
     due_ms bigint
   );
   CREATE INDEX alert_due ON alert (due_ms) WHERE due_ms IS NOT NULL;
   CREATE TABLE usage (
     received_at_ms bigint NOT NULL,
     request_id text COLLATE "C" NOT NULL,
     duration_ms bigint NOT NULL,
     status text NOT NULL,
     http_status bigint NOT NULL,
     provider text COLLATE "C",
     model text COLLATE "C",
     reason text,
     classification text NOT NULL,
     input_tokens bigint,
     output_tokens bigint,
     cached_input_tokens bigint,
     reasoning_tokens bigint,
     usage_quality text,
     cost bigint NOT NULL,
     answer_cost bigint NOT NULL,
     key_id text COLLATE "C",
     user_name text COLLATE "C",
     tags text[] NOT NULL,
     attempts text[] NOT NULL,
     PRIMARY KEY (received_at_ms, request_id)
   ) WITH (autovacuum_analyze_scale_factor = 0.02);
   CREATE INDEX usage_by_provider ON usage (provider, received_at_ms, request_id) WHERE provider IS NOT NULL;
   CREATE INDEX usage_by_model ON usage (model, received_at_ms, request_id) WHERE model IS NOT NULL;
   CREATE INDEX usage_by_key ON usage (key_id, received_at_ms, request_id) WHERE key_id IS NOT NULL;
   CREATE INDEX usage_by_user ON usage (user_name, received_at_ms, request_id) WHERE user_name IS NOT NULL;
   CREATE TABLE usage_tag (
     tag text COLLATE "C" NOT NULL,
     received_at_ms bigint NOT NULL,
     request_id text COLLATE "C" NOT NULL,
     PRIMARY KEY (tag, received_at_ms, request_id)
   );
   CREATE TABLE usage_elsewhere (
     received_at_ms bigint NOT NULL,
     request_id text COLLATE "C" NOT NULL,
     provider text COLLATE "C" NOT NULL,
     model text COLLATE "C" NOT NULL,
     key_id text COLLATE "C",
     user_name text COLLATE "C",
     tags text[] NOT NULL,
     cost bigint NOT NULL,
     PRIMARY KEY (received_at_ms, request_id, provider, model)
   );
   CREATE TABLE usage_sum (
     grouping text COLLATE "C" NOT NULL,
     grain_seconds bigint NOT NULL,
     slot_ms bigint NOT NULL,
     name text COLLATE "C" NOT NULL,
     requests bigint NOT NULL,
     input_tokens bigint NOT NULL,
     output_tokens bigint NOT NULL,
     cost bigint NOT NULL,
     PRIMARY KEY (grouping, grain_seconds, slot_ms, name)
   ) WITH (fillfactor = 70);`,
  contentTables,
  accessTables,
  `${rolloutTables} ${decisionTables}`,
  taintTables,
  limitTables,
  doorTables,
  fineSpendIndex,
  'ALTER TABLE usage ADD COLUMN endpoint text',
]

/** The version that this program writes. */
export const SCHEMA_VERSION = migrations.length

/** Marks a schema as a ledger of ours: other programs have a table `schema_version` too. */
const MARK = 'aegis ledger'

/** `AEGI`: one process at a time makes or changes tables. */
const MIGRATION_LOCK = 0x41454749

/** Making the tables of a new version may take longer than any other call. */
const MIGRATION_TIMEOUT_MS = 600_000

/**
 * Makes the schema or brings it up to date, all or nothing; when several processes try at once, one does it.
 * @throws LedgerDatabaseError when what is there is not a ledger, or a newer one, or the database is not UTF-8.
 */
export async function migrate(connections: Connections, schema: string): Promise<void> {
  const version = await connections.read('money', (transaction) => schemaVersion(transaction, schema))
  if (version === SCHEMA_VERSION) return
  await connections.write(async (transaction) => {
    await transaction.run('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    const before = await schemaVersion(transaction, schema)
    if (before === undefined) await transaction.run(`CREATE SCHEMA "${schema}"`)
    if (before === undefined || before === 0) {
      await transaction.run('CREATE TABLE schema_version (ledger text PRIMARY KEY, version bigint NOT NULL)')
      await transaction.run('INSERT INTO schema_version VALUES ($1, 0)', [MARK])
    }
    for (const script of migrations.slice(before ?? 0)) await transaction.run(script)
    await transaction.run('UPDATE schema_version SET version = $1 WHERE ledger = $2', [SCHEMA_VERSION, MARK])
  }, MIGRATION_TIMEOUT_MS)
}

/** Undefined when there is no such schema, 0 when it is empty. */
async function schemaVersion(transaction: Transaction, schema: string): Promise<number | undefined> {
  const [found] = await transaction.rows<{ encoding: string; exists: boolean; tables: number; ours: boolean }>(
    `SELECT current_setting('server_encoding') AS encoding,
       EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS exists,
       (SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1) AS tables,
       EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('schema_version') AND attname = 'ledger') AS ours`,
    [schema],
  )
  if (found?.encoding !== 'UTF8') {
    const wayOut = "Use a database that was made with ENCODING 'UTF8' and set ledger to it."
    throw new LedgerDatabaseError('encoding', `the ledger database is encoded in ${found?.encoding}. ${wayOut}`)
  }
  if (!found.exists) return undefined
  if (found.tables === 0) return 0
  if (!found.ours) {
    const wayOut = 'Name another schema in the ledger setting; it is made when it does not exist.'
    const whose = `the schema ${schema} of the ledger database belongs to another program and was left as it is`
    throw new LedgerDatabaseError('not_a_ledger', `${whose}. ${wayOut}`)
  }
  const [row] = await transaction.rows<{ version: number }>('SELECT version FROM schema_version WHERE ledger = $1', [
    MARK,
  ])
  const version = row?.version ?? 0
  if (version <= SCHEMA_VERSION) return version
  throw new LedgerDatabaseError(
    'other_schema',
    `the ledger database was written by a newer version (schema ${version}, this program knows ${SCHEMA_VERSION}). ` +
      'Run that version, or restore the backup from before the upgrade.',
  )
}
