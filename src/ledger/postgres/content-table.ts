// Owns the tables of a ledger database that hold sealed content. Each function below the port is a step inside a
// transaction.
import { type DataClassification, isDataClassification } from '../../domain/data-classification.ts'
import {
  type BatchCounts,
  type BatchItem,
  type BatchStatus,
  type ContentKind,
  type ContentPage,
  type ContentStore,
  type DescribedContent,
  type KeptContent,
  openStatuses,
  type StoredBatch,
} from '../content-store.ts'
import type { Transactions } from './connections.ts'
import type { Transaction } from './session.ts'
import { storedName } from './stored-text.ts'

export const contentTables = `CREATE TABLE content (
     id text COLLATE "C" PRIMARY KEY,
     kind text COLLATE "C" NOT NULL,
     tenant text COLLATE "C" NOT NULL,
     classification text NOT NULL,
     created_ms bigint NOT NULL,
     expires_ms bigint NOT NULL,
     about bytea NOT NULL,
     content bytea NOT NULL
   );
   CREATE INDEX content_by_tenant ON content (kind, tenant, created_ms, id);
   CREATE INDEX content_by_end ON content (expires_ms);
   CREATE TABLE batch (
     id text COLLATE "C" PRIMARY KEY,
     tenant text COLLATE "C" NOT NULL,
     created_ms bigint NOT NULL,
     status text NOT NULL,
     key_name text COLLATE "C" NOT NULL,
     about bytea NOT NULL,
     owner text COLLATE "C" NOT NULL,
     held_until_ms bigint NOT NULL
   ) WITH (fillfactor = 70);
   CREATE INDEX batch_by_tenant ON batch (tenant, created_ms, id);
   CREATE INDEX batch_open ON batch (created_ms, id) WHERE status IN ('in_progress', 'finalizing', 'cancelling');
   CREATE TABLE batch_item (
     batch text COLLATE "C" NOT NULL,
     line bigint NOT NULL,
     ok boolean NOT NULL,
     classification text NOT NULL,
     reply bytea NOT NULL,
     PRIMARY KEY (batch, line)
   );`

const described = `id, kind, tenant, classification, created_ms AS "createdAtMs", expires_ms AS "expiresAtMs", about`
const batchColumns = `id, tenant, created_ms AS "createdAtMs", status, key_name AS "keyName", about`
const isOpen = `status IN (${openStatuses.map((status) => `'${status}'`).join(', ')})`

export function contentStore({ read, write }: Transactions): ContentStore {
  return {
    keep: (content) => write((transaction) => keep(transaction, content)),
    kept: (id) => read('money', (transaction) => kept(transaction, id)),
    describe: (id) => read('money', (transaction) => describeKept(transaction, id)),
    list: (kind, tenant, page) => read('money', (transaction) => listKept(transaction, kind, tenant, page)),
    forget: (id) => write((transaction) => forget(transaction, id)),
    forgetExpired: (nowMs, batchesBeforeMs) =>
      write((transaction) => forgetExpired(transaction, nowMs, batchesBeforeMs)),
    addBatch: (batch) => write((transaction) => addBatch(transaction, batch)),
    batch: (id) => read('money', (transaction) => findBatch(transaction, id)),
    batches: (tenant, page) => read('money', (transaction) => listBatches(transaction, tenant, page)),
    claimBatch: (keyName, owner, nowMs, untilMs) =>
      write((transaction) => claimBatch(transaction, keyName, owner, nowMs, untilMs)),
    holdBatch: (id, owner, untilMs) => write((transaction) => holdBatch(transaction, id, owner, untilMs)),
    releaseBatch: (id, owner) => write((transaction) => releaseBatch(transaction, id, owner)),
    changeBatch: (id, from, to, about) => write((transaction) => changeBatch(transaction, id, from, to, about)),
    addBatchItem: (id, item) => write((transaction) => addBatchItem(transaction, id, item)),
    batchItems: (id) => read('money', (transaction) => batchItems(transaction, id)),
    countBatchItems: (id) => read('money', (transaction) => countBatchItems(transaction, id)),
  }
}

async function keep(transaction: Transaction, content: KeptContent): Promise<void> {
  const { id, kind, tenant, classification, createdAtMs, expiresAtMs } = content
  await transaction.run('INSERT INTO content VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING', [
    ...[storedName(id), kind, storedName(tenant), classification, createdAtMs, expiresAtMs],
    ...[Buffer.from(content.about), Buffer.from(content.content)],
  ])
}

async function kept(transaction: Transaction, id: string): Promise<KeptContent | undefined> {
  const sql = `SELECT ${described}, content FROM content WHERE id = $1`
  const [row] = await transaction.rows<KeptContent>(sql, [storedName(id)])
  return row && { ...row, classification: levelOf(row.classification) }
}

async function describeKept(transaction: Transaction, id: string): Promise<DescribedContent | undefined> {
  const [row] = await transaction.rows<DescribedContent>(`SELECT ${described} FROM content WHERE id = $1`, [
    storedName(id),
  ])
  return row && { ...row, classification: levelOf(row.classification) }
}

async function listKept(
  transaction: Transaction,
  kind: ContentKind,
  tenant: string,
  { limit, afterId = '' }: ContentPage,
): Promise<readonly DescribedContent[]> {
  const rows = await transaction.rows<DescribedContent>(
    `SELECT ${described} FROM content WHERE kind = $1 AND tenant = $2
       AND ($3 = '' OR (created_ms, id) < (SELECT created_ms, id FROM content WHERE id = $3))
     ORDER BY created_ms DESC, id DESC LIMIT $4`,
    [kind, storedName(tenant), storedName(afterId), limit],
  )
  return rows.map((row) => ({ ...row, classification: levelOf(row.classification) }))
}

async function forget(transaction: Transaction, id: string): Promise<boolean> {
  return (await transaction.run('DELETE FROM content WHERE id = $1', [storedName(id)])) === 1
}

async function forgetExpired(transaction: Transaction, nowMs: number, batchesBeforeMs: number): Promise<void> {
  await transaction.run('DELETE FROM content WHERE expires_ms <= $1', [nowMs])
  const old = `created_ms < $1 AND NOT ${isOpen}`
  await transaction.run(`DELETE FROM batch_item WHERE batch IN (SELECT id FROM batch WHERE ${old})`, [batchesBeforeMs])
  await transaction.run(`DELETE FROM batch WHERE ${old}`, [batchesBeforeMs])
}

async function addBatch(transaction: Transaction, batch: StoredBatch): Promise<void> {
  const { id, tenant, createdAtMs, status, keyName, about } = batch
  await transaction.run(`INSERT INTO batch VALUES ($1, $2, $3, $4, $5, $6, '', 0) ON CONFLICT DO NOTHING`, [
    ...[storedName(id), storedName(tenant), createdAtMs, status, keyName, Buffer.from(about)],
  ])
}

async function findBatch(transaction: Transaction, id: string): Promise<StoredBatch | undefined> {
  const sql = `SELECT ${batchColumns} FROM batch WHERE id = $1`
  const [row] = await transaction.rows<StoredBatch>(sql, [storedName(id)])
  return row
}

function listBatches(
  transaction: Transaction,
  tenant: string,
  { limit, afterId = '' }: ContentPage,
): Promise<readonly StoredBatch[]> {
  return transaction.rows<StoredBatch>(
    `SELECT ${batchColumns} FROM batch WHERE tenant = $1
       AND ($2 = '' OR (created_ms, id) < (SELECT created_ms, id FROM batch WHERE id = $2))
     ORDER BY created_ms DESC, id DESC LIMIT $3`,
    [storedName(tenant), storedName(afterId), limit],
  )
}

/** What another process is claiming right now is passed over. */
async function claimBatch(
  transaction: Transaction,
  keyName: string,
  owner: string,
  nowMs: number,
  untilMs: number,
): Promise<StoredBatch | undefined> {
  const [row] = await transaction.rows<StoredBatch>(
    `UPDATE batch SET owner = $2, held_until_ms = $4 WHERE id =
       (SELECT id FROM batch WHERE ${isOpen} AND key_name = $1 AND held_until_ms <= $3
        ORDER BY created_ms, id LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING ${batchColumns}`,
    [keyName, owner, nowMs, untilMs],
  )
  return row
}

async function holdBatch(
  transaction: Transaction,
  id: string,
  owner: string,
  untilMs: number,
): Promise<BatchStatus | undefined> {
  const sql = 'UPDATE batch SET held_until_ms = $3 WHERE id = $1 AND owner = $2 RETURNING status'
  const [row] = await transaction.rows<{ status: BatchStatus }>(sql, [storedName(id), owner, untilMs])
  return row?.status
}

async function releaseBatch(transaction: Transaction, id: string, owner: string): Promise<void> {
  const sql = "UPDATE batch SET owner = '', held_until_ms = 0 WHERE id = $1 AND owner = $2"
  await transaction.run(sql, [storedName(id), owner])
}

async function changeBatch(
  transaction: Transaction,
  id: string,
  from: readonly BatchStatus[],
  to: BatchStatus,
  about: Uint8Array,
): Promise<boolean> {
  const sql = 'UPDATE batch SET status = $3, about = $4 WHERE id = $1 AND status = ANY($2::text[])'
  return (await transaction.run(sql, [storedName(id), from, to, Buffer.from(about)])) === 1
}

async function addBatchItem(transaction: Transaction, id: string, item: BatchItem): Promise<void> {
  const { line, ok, classification, reply } = item
  await transaction.run('INSERT INTO batch_item VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING', [
    ...[storedName(id), line, ok, classification, Buffer.from(reply)],
  ])
}

async function batchItems(transaction: Transaction, id: string): Promise<readonly BatchItem[]> {
  const sql = 'SELECT line, ok, classification, reply FROM batch_item WHERE batch = $1 ORDER BY line'
  const rows = await transaction.rows<BatchItem>(sql, [storedName(id)])
  return rows.map((row) => ({ ...row, classification: levelOf(row.classification) }))
}

async function countBatchItems(transaction: Transaction, id: string): Promise<BatchCounts> {
  const sql = 'SELECT count(*) FILTER (WHERE ok) AS completed, count(*) FILTER (WHERE NOT ok) AS failed FROM batch_item'
  const [row] = await transaction.rows<BatchCounts>(`${sql} WHERE batch = $1`, [storedName(id)])
  return row ?? { completed: 0, failed: 0 }
}

/** A level that this program does not know is the highest one it knows. */
function levelOf(stored: string): DataClassification {
  return isDataClassification(stored) ? stored : 'hipaa'
}
