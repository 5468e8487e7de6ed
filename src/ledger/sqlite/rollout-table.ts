// Owns the rollouts that a ledger file holds: state, steps, leadership and counts.
import type { RolloutChange, RolloutCount, RolloutStore, StoredRollout, StoredStep } from '../rollout-store.ts'
import type { Statements } from './statements.ts'
import type { Transactions } from './tables.ts'

/**
 * `rollout`: the state, as JSON, and who leads. `rollout_step`: what led to each revision. `rollout_count`: sums by epoch,
 * which is a stretch of time with one share of the traffic.
 */
export const rolloutTables = `CREATE TABLE rollout (
     id TEXT PRIMARY KEY,
     revision INTEGER NOT NULL,
     state TEXT,
     leader TEXT NOT NULL,
     leads_until_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE rollout_step (
     rollout TEXT NOT NULL,
     revision INTEGER NOT NULL,
     at_ms INTEGER NOT NULL,
     step TEXT NOT NULL,
     PRIMARY KEY (rollout, revision)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE rollout_count (
     rollout TEXT NOT NULL,
     epoch INTEGER NOT NULL,
     name TEXT NOT NULL,
     amount INTEGER NOT NULL,
     PRIMARY KEY (rollout, epoch, name)
   ) STRICT, WITHOUT ROWID;`

export function rolloutStore({ read, write }: Transactions): RolloutStore {
  return {
    read: (id) => read(({ rollouts }) => rollouts.read(id)),
    change: (id, change) => write(({ rollouts }) => rollouts.change(id, change)),
    steps: (id, limit) => read(({ rollouts }) => rollouts.steps(id, limit)),
    lead: (id, owner, nowMs, untilMs) => write(({ rollouts }) => rollouts.lead(id, owner, nowMs, untilMs)),
    addCounts: (id, counts) => write(({ rollouts }) => rollouts.addCounts(id, counts)),
    counts: (id, epoch) => read(({ rollouts }) => rollouts.counts(id, epoch)),
  }
}

/** Each method is a step inside a transaction. */
export class RolloutTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  read(id: string): StoredRollout {
    const row = this.#sql.get('SELECT revision, state FROM rollout WHERE id = ?', id)
    return { revision: Number(row?.revision ?? 0), state: typeof row?.state === 'string' ? row.state : undefined }
  }

  change(id: string, { revision, state, step, atMs }: RolloutChange): boolean {
    this.#sql.run("INSERT INTO rollout VALUES (?, 0, NULL, '', 0) ON CONFLICT DO NOTHING", id)
    const sql = 'UPDATE rollout SET state = ?, revision = revision + 1 WHERE id = ? AND revision = ?'
    if (this.#sql.run(sql, state, id, revision) === 0) return false
    this.#sql.run('INSERT INTO rollout_step VALUES (?, ?, ?, ?)', id, revision + 1, atMs, step)
    return true
  }

  steps(id: string, limit: number): StoredStep[] {
    const sql = 'SELECT revision, at_ms, step FROM rollout_step WHERE rollout = ? ORDER BY revision DESC LIMIT ?'
    return this.#sql
      .all(sql, id, limit)
      .map((row) => ({ revision: Number(row.revision), step: String(row.step), atMs: Number(row.at_ms) }))
  }

  lead(id: string, owner: string, nowMs: number, untilMs: number): boolean {
    const sql = `INSERT INTO rollout VALUES (?, 0, NULL, ?, ?)
      ON CONFLICT (id) DO UPDATE SET leader = excluded.leader, leads_until_ms = excluded.leads_until_ms
      WHERE leader = excluded.leader OR leads_until_ms <= ?`
    return this.#sql.run(sql, id, owner, untilMs, nowMs) === 1
  }

  addCounts(id: string, counts: readonly RolloutCount[]): void {
    const sql = `INSERT INTO rollout_count VALUES (?, ?, ?, ?)
      ON CONFLICT (rollout, epoch, name) DO UPDATE SET amount = amount + excluded.amount`
    for (const { epoch, name, amount } of counts) this.#sql.run(sql, id, epoch, name, amount)
  }

  counts(id: string, epoch: number): RolloutCount[] {
    const sql = 'SELECT name, amount FROM rollout_count WHERE rollout = ? AND epoch = ? ORDER BY name'
    return this.#sql.all(sql, id, epoch).map((row) => ({ epoch, name: String(row.name), amount: Number(row.amount) }))
  }
}
