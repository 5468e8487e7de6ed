// Owns the tables of a ledger file that hold sealed content: responses, files, batches and the answers to their lines.
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
import type { Statements } from './statements.ts'
import type { Transactions } from './tables.ts'

export const contentTables = `
   CREATE TABLE content (
     id TEXT PRIMARY KEY,
     kind TEXT NOT NULL,
     tenant TEXT NOT NULL,
     classification TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     expires_ms INTEGER NOT NULL,
     about BLOB NOT NULL,
     content BLOB NOT NULL
   ) STRICT;
   CREATE INDEX content_by_tenant ON content (kind, tenant, created_ms, id);
   CREATE INDEX content_by_end ON content (expires_ms);
   CREATE TABLE batch (
     id TEXT PRIMARY KEY,
     tenant TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     status TEXT NOT NULL,
     key_name TEXT NOT NULL,
     about BLOB NOT NULL,
     owner TEXT NOT NULL,
     held_until_ms INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX batch_by_tenant ON batch (tenant, created_ms, id);
   CREATE INDEX batch_open ON batch (created_ms, id) WHERE status IN ('in_progress', 'finalizing', 'cancelling');
   CREATE TABLE batch_item (
     batch TEXT NOT NULL,
     line INTEGER NOT NULL,
     ok INTEGER NOT NULL,
     classification TEXT NOT NULL,
     reply BLOB NOT NULL,
     PRIMARY KEY (batch, line)
   ) STRICT;`

const described = 'id, kind, tenant, classification, created_ms, expires_ms, about'
const batchColumns = 'id, tenant, created_ms, status, key_name, about'
const isOpen = `status IN (${openStatuses.map((status) => `'${status}'`).join(', ')})`

type Row = Record<string, unknown>

export function contentStore({ read, write }: Transactions): ContentStore {
  return {
    keep: (content) => write(({ contents }) => contents.keep(content)),
    kept: (id) => read(({ contents }) => contents.kept(id)),
    describe: (id) => read(({ contents }) => contents.describe(id)),
    list: (kind, tenant, page) => read(({ contents }) => contents.list(kind, tenant, page)),
    forget: (id) => write(({ contents }) => contents.forget(id)),
    forgetExpired: (nowMs, batchesBeforeMs) => write(({ contents }) => contents.forgetExpired(nowMs, batchesBeforeMs)),
    addBatch: (batch) => write(({ contents }) => contents.addBatch(batch)),
    batch: (id) => read(({ contents }) => contents.batch(id)),
    batches: (tenant, page) => read(({ contents }) => contents.batches(tenant, page)),
    claimBatch: (keyName, owner, nowMs, untilMs) =>
      write(({ contents }) => contents.claimBatch(keyName, owner, nowMs, untilMs)),
    holdBatch: (id, owner, untilMs) => write(({ contents }) => contents.holdBatch(id, owner, untilMs)),
    releaseBatch: (id, owner) => write(({ contents }) => contents.releaseBatch(id, owner)),
    changeBatch: (id, from, to, about) => write(({ contents }) => contents.changeBatch(id, from, to, about)),
    addBatchItem: (id, item) => write(({ contents }) => contents.addBatchItem(id, item)),
    batchItems: (id) => read(({ contents }) => contents.batchItems(id)),
    countBatchItems: (id) => read(({ contents }) => contents.countBatchItems(id)),
  }
}

/** Each method is a step inside a transaction. */
export class ContentTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  keep({ id, kind, tenant, classification, createdAtMs, expiresAtMs, about, content }: KeptContent): void {
    this.#sql.run(
      `INSERT INTO content (${described}, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ...[id, kind, tenant, classification, createdAtMs, expiresAtMs, about, content],
    )
  }

  kept(id: string): KeptContent | undefined {
    const row = this.#sql.get(`SELECT ${described}, content FROM content WHERE id = ?`, id)
    return row && { ...contentOf(row), content: row.content as Uint8Array }
  }

  describe(id: string): DescribedContent | undefined {
    const row = this.#sql.get(`SELECT ${described} FROM content WHERE id = ?`, id)
    return row && contentOf(row)
  }

  list(kind: ContentKind, tenant: string, { limit, afterId = '' }: ContentPage): DescribedContent[] {
    const rows = this.#sql.all(
      `SELECT ${described} FROM content WHERE kind = ? AND tenant = ?
         AND (? = '' OR (created_ms, id) < (SELECT created_ms, id FROM content WHERE id = ?))
       ORDER BY created_ms DESC, id DESC LIMIT ?`,
      ...[kind, tenant, afterId, afterId, limit],
    )
    return rows.map(contentOf)
  }

  forget(id: string): boolean {
    return this.#sql.run('DELETE FROM content WHERE id = ?', id) === 1
  }

  forgetExpired(nowMs: number, batchesBeforeMs: number): void {
    this.#sql.run('DELETE FROM content WHERE expires_ms <= ?', nowMs)
    const old = `created_ms < ? AND NOT ${isOpen}`
    this.#sql.run(`DELETE FROM batch_item WHERE batch IN (SELECT id FROM batch WHERE ${old})`, batchesBeforeMs)
    this.#sql.run(`DELETE FROM batch WHERE ${old}`, batchesBeforeMs)
  }

  addBatch({ id, tenant, createdAtMs, status, keyName, about }: StoredBatch): void {
    const values = `INSERT INTO batch (${batchColumns}, owner, held_until_ms) VALUES (?, ?, ?, ?, ?, ?, '', 0)`
    this.#sql.run(`${values} ON CONFLICT DO NOTHING`, id, tenant, createdAtMs, status, keyName, about)
  }

  batch(id: string): StoredBatch | undefined {
    const row = this.#sql.get(`SELECT ${batchColumns} FROM batch WHERE id = ?`, id)
    return row && batchOf(row)
  }

  batches(tenant: string, { limit, afterId = '' }: ContentPage): StoredBatch[] {
    const rows = this.#sql.all(
      `SELECT ${batchColumns} FROM batch WHERE tenant = ?
         AND (? = '' OR (created_ms, id) < (SELECT created_ms, id FROM batch WHERE id = ?))
       ORDER BY created_ms DESC, id DESC LIMIT ?`,
      ...[tenant, afterId, afterId, limit],
    )
    return rows.map(batchOf)
  }

  claimBatch(keyName: string, owner: string, nowMs: number, untilMs: number): StoredBatch | undefined {
    const row = this.#sql.get(
      `SELECT ${batchColumns} FROM batch WHERE ${isOpen} AND key_name = ? AND held_until_ms <= ?
       ORDER BY created_ms, id LIMIT 1`,
      ...[keyName, nowMs],
    )
    if (!row) return undefined
    this.#sql.run('UPDATE batch SET owner = ?, held_until_ms = ? WHERE id = ?', owner, untilMs, String(row.id))
    return batchOf(row)
  }

  holdBatch(id: string, owner: string, untilMs: number): BatchStatus | undefined {
    this.#sql.run('UPDATE batch SET held_until_ms = ? WHERE id = ? AND owner = ?', untilMs, id, owner)
    const row = this.#sql.get('SELECT status FROM batch WHERE id = ? AND owner = ?', id, owner)
    return row && (row.status as BatchStatus)
  }

  releaseBatch(id: string, owner: string): void {
    this.#sql.run("UPDATE batch SET owner = '', held_until_ms = 0 WHERE id = ? AND owner = ?", id, owner)
  }

  changeBatch(id: string, from: readonly BatchStatus[], to: BatchStatus, about: Uint8Array): boolean {
    const sql = 'UPDATE batch SET status = ?, about = ? WHERE id = ? AND status IN (SELECT value FROM json_each(?))'
    return this.#sql.run(sql, to, about, id, JSON.stringify(from)) === 1
  }

  addBatchItem(id: string, { line, ok, classification, reply }: BatchItem): void {
    const sql = 'INSERT INTO batch_item VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'
    this.#sql.run(sql, id, line, ok ? 1 : 0, classification, reply)
  }

  batchItems(id: string): BatchItem[] {
    const rows = this.#sql.all(
      'SELECT line, ok, classification, reply FROM batch_item WHERE batch = ? ORDER BY line',
      id,
    )
    return rows.map((row) => ({
      line: Number(row.line),
      ok: row.ok === 1,
      classification: levelOf(row),
      reply: row.reply as Uint8Array,
    }))
  }

  countBatchItems(id: string): BatchCounts {
    const row = this.#sql.get('SELECT count(*) AS n, ifnull(sum(ok), 0) AS ok FROM batch_item WHERE batch = ?', id)
    return { completed: Number(row?.ok), failed: Number(row?.n) - Number(row?.ok) }
  }
}

function contentOf(row: Row): DescribedContent {
  return {
    id: String(row.id),
    kind: row.kind as ContentKind,
    tenant: String(row.tenant),
    classification: levelOf(row),
    createdAtMs: Number(row.created_ms),
    expiresAtMs: Number(row.expires_ms),
    about: row.about as Uint8Array,
  }
}

function batchOf(row: Row): StoredBatch {
  return {
    id: String(row.id),
    tenant: String(row.tenant),
    createdAtMs: Number(row.created_ms),
    status: row.status as BatchStatus,
    keyName: String(row.key_name),
    about: row.about as Uint8Array,
  }
}

/** A level that this program does not know is the highest one it knows. */
function levelOf({ classification }: Row): DataClassification {
  return isDataClassification(classification) ? classification : 'hipaa'
}
