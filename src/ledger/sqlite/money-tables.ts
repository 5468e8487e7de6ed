// Owns what a ledger file says about money: leases, owners and spending. Each method is a step inside a transaction.
import { type NanoUsd, nanoUsd } from '../../domain/money.ts'
import { grantOf } from '../grant.ts'
import { COARSE_GRAIN_SECONDS, type OldSlots, slotOf } from '../slots.ts'
import type {
  CommitOutcome,
  LeaseChange,
  LeaseGrant,
  LeaseOwner,
  LeaseRequest,
  SpendChange,
  SpendSpan,
  Subject,
  SubjectFigures,
} from '../store.ts'
import type { Statements } from './statements.ts'

/** Few rows of many: those that are pruned. */
const FINE = `grain_seconds < ${COARSE_GRAIN_SECONDS}`
export const fineSpendIndex = `CREATE INDEX spend_fine ON spend (grain_seconds, slot_ms) WHERE ${FINE};`

const leaseOf = 'SELECT amount FROM lease WHERE owner = ? AND scope = ? AND name = ?'

const spentIn = `
  SELECT min(ifnull(sum(amount), 0), ${Number.MAX_SAFE_INTEGER}) AS spent,
    min(ifnull(sum(unsettled), 0), ${Number.MAX_SAFE_INTEGER}) AS unsettled FROM spend
  WHERE scope = ? AND name = ? AND grain_seconds = ? AND slot_ms >= ? AND slot_ms < ?`

const addSpendSql = `
  INSERT INTO spend VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (scope, name, grain_seconds, slot_ms)
  DO UPDATE SET amount = amount + excluded.amount, unsettled = unsettled + excluded.unsettled`

/** Of an owner that is retired: no batch of its comes after it. */
const RETIRED_BATCH = Number.MAX_SAFE_INTEGER
const RETIRED_KEPT_MS = 90 * 86_400_000

/** Nothing here begins or ends a transaction. */
export class MoneyTables {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  /** All or nothing. */
  grant(owner: string, requests: readonly LeaseRequest[]): LeaseGrant[] {
    const grants = requests.map((request) => this.#answer(owner, request))
    if (grants.some(({ granted }) => granted === 0)) return grants.map((one) => ({ ...one, granted: 0 as NanoUsd }))
    const addLease = `
      INSERT INTO lease VALUES (?, ?, ?, ?, 0, NULL)
      ON CONFLICT (owner, scope, name) DO UPDATE SET amount = amount + excluded.amount`
    for (const [index, { scope, name }] of requests.entries()) {
      this.#sql.run(addLease, owner, scope, name, grants[index]?.granted ?? 0)
    }
    return grants
  }

  #answer(owner: string, request: LeaseRequest): LeaseGrant {
    const { scope, name, limits } = request
    const leases = this.#sql.get(
      `SELECT ifnull(sum(amount), 0) AS amount, ifnull(sum(min(reserved, amount)), 0) AS reserved FROM lease
       WHERE scope = ? AND name = ? AND owner != ? AND forfeited_slot_ms IS NULL`,
      scope,
      name,
      owner,
    )
    const leasedByOthers = amountOf(leases?.amount)
    const own = amountOf(this.#sql.get(leaseOf, owner, scope, name)?.amount ?? 0)
    let remaining = Number.POSITIVE_INFINITY
    const spent = limits.map((limit) => {
      const amount = this.#spent(request, limit).spent
      remaining = Math.min(remaining, limit.limit - amount - leasedByOthers - own)
      return amount
    })
    return { granted: grantOf(request, remaining), spent, leasedByOthers, reservedByOthers: amountOf(leases?.reserved) }
  }

  #spent({ scope, name }: Subject, span: SpendSpan): { spent: NanoUsd; unsettled: NanoUsd } {
    const { grainSeconds, sinceMs, untilMs } = span
    const row = this.#sql.get(spentIn, scope, name, grainSeconds, sinceMs, untilMs)
    const lost = grainSeconds === COARSE_GRAIN_SECONDS ? 0 : this.#forfeited({ scope, name }, span)
    return { spent: amountOf(Number(row?.spent) + lost), unsettled: amountOf(Number(row?.unsettled) + lost) }
  }

  /** Leases given up for lost are charged in coarse slots only; finer spans count them here, for as long as any of that slot. */
  #forfeited({ scope, name }: Subject, { sinceMs, untilMs }: SpendSpan): number {
    const row = this.#sql.get(
      `SELECT ifnull(sum(amount), 0) AS amount FROM lease
       WHERE scope = ? AND name = ? AND forfeited_slot_ms > ? AND forfeited_slot_ms < ?`,
      ...[scope, name, sinceMs - COARSE_GRAIN_SECONDS * 1000, untilMs],
    )
    return Number(row?.amount)
  }

  announce({ id, host, pid }: Pick<LeaseOwner, 'id' | 'host' | 'pid'>, nowMs: number): void {
    this.#sql.run(
      `INSERT INTO owner VALUES (?, ?, ?, 0, ?)
       ON CONFLICT (id) DO UPDATE SET seen_ms = max(seen_ms, excluded.seen_ms)`,
      ...[id, host, pid, nowMs],
    )
  }

  /** Seen now. False when there is no such owner. */
  touch(owner: string, nowMs: number): boolean {
    const sql = `UPDATE owner SET seen_ms = max(seen_ms, ?) WHERE id = ? AND last_batch < ${RETIRED_BATCH}`
    return this.#sql.run(sql, nowMs, owner) === 1
  }

  owners(): LeaseOwner[] {
    const rows = this.#sql.all(
      `SELECT id, host, pid, last_batch AS lastBatch, seen_ms AS seenMs FROM owner
       WHERE last_batch < ${RETIRED_BATCH} ORDER BY id`,
    )
    return rows as unknown as LeaseOwner[]
  }

  /** `written` when the batch is new, and it counts as written from now on. */
  begin(owner: string, batch: number, nowMs: number): CommitOutcome {
    const begun = this.#sql.run(
      'UPDATE owner SET last_batch = ?, seen_ms = max(seen_ms, ?) WHERE id = ? AND last_batch < ?',
      ...[batch, nowMs, owner, batch],
    )
    if (begun === 1) return 'written'
    return this.#sql.get('SELECT id FROM owner WHERE id = ?', owner) === undefined ? 'unknown_owner' : 'repeated'
  }

  /** Takes back what was charged for leases that were given up for lost: their owner knows better. */
  reclaim(owner: string): void {
    const forfeited = this.#sql.all(
      'SELECT scope, name, amount, forfeited_slot_ms AS slotMs FROM lease WHERE owner = ? AND forfeited_slot_ms IS NOT NULL',
      owner,
    )
    for (const { scope, name, amount, slotMs } of forfeited) {
      const charged = -Number(amount)
      this.#sql.run(addSpendSql, String(scope), String(name), COARSE_GRAIN_SECONDS, Number(slotMs), charged, charged)
    }
    if (forfeited.length > 0) this.#sql.run('UPDATE lease SET forfeited_slot_ms = NULL WHERE owner = ?', owner)
  }

  changeLeases(owner: string, changes: readonly LeaseChange[]): void {
    for (const { scope, name, taken, reserved } of changes) {
      this.#sql.run(
        'UPDATE lease SET amount = max(0, amount - ?), reserved = ? WHERE owner = ? AND scope = ? AND name = ?',
        ...[taken, reserved, owner, scope, name],
      )
    }
    this.#sql.run('DELETE FROM lease WHERE owner = ? AND amount = 0', owner)
  }

  addSpend(changes: readonly SpendChange[]): void {
    for (const { scope, name, grainSeconds, slotMs, amount, unsettled } of changes) {
      this.#sql.run(addSpendSql, scope, name, grainSeconds, slotMs, amount, unsettled)
    }
  }

  /** Remembered for a while, so that a journal that is read twice is not written twice. */
  retire(owner: string, nowMs: number): void {
    this.#sql.run('DELETE FROM lease WHERE owner = ?', owner)
    this.#sql.run('UPDATE owner SET last_batch = ? WHERE id = ?', RETIRED_BATCH, owner)
    this.#sql.run('DELETE FROM owner WHERE last_batch = ? AND seen_ms < ?', RETIRED_BATCH, nowMs - RETIRED_KEPT_MS)
  }

  /** @returns rows that went, at most `limit`. */
  prune({ grainSeconds, beforeMs }: OldSlots, limit: number): number {
    return this.#sql.run(
      `DELETE FROM spend WHERE (scope, name, grain_seconds, slot_ms) IN (SELECT scope, name, grain_seconds, slot_ms
         FROM spend WHERE ${FINE} AND grain_seconds = ? AND slot_ms < ? LIMIT ?)`,
      ...[grainSeconds, beforeMs, limit],
    )
  }

  forfeit(seenBeforeMs: number): string[] {
    const lost = this.#sql.all(
      `SELECT owner, scope, name, lease.amount, owner.seen_ms AS seenMs FROM lease JOIN owner ON owner.id = lease.owner
       WHERE owner.seen_ms < ? AND lease.amount > 0 AND forfeited_slot_ms IS NULL`,
      seenBeforeMs,
    )
    const markSql = 'UPDATE lease SET forfeited_slot_ms = ? WHERE owner = ? AND scope = ? AND name = ?'
    for (const { owner, scope, name, amount, seenMs } of lost) {
      const slotMs = slotOf(Number(seenMs), COARSE_GRAIN_SECONDS)
      const lease = [String(scope), String(name)] as const
      this.#sql.run(addSpendSql, ...lease, COARSE_GRAIN_SECONDS, slotMs, Number(amount), Number(amount))
      this.#sql.run(markSql, slotMs, String(owner), ...lease)
    }
    return [...new Set(lost.map(({ owner }) => String(owner)))]
  }

  figures(subject: Subject & SpendSpan, ownersSeenSinceMs: number): SubjectFigures {
    const leases = this.#sql.get(
      `SELECT ifnull(sum(iif(seen_ms >= ?1, amount, 0)), 0) AS leased,
         ifnull(sum(iif(seen_ms >= ?1, min(reserved, amount), 0)), 0) AS reserved,
         ifnull(sum(iif(seen_ms < ?1, amount, 0)), 0) AS lost
       FROM lease JOIN owner ON owner.id = lease.owner
       WHERE scope = ?2 AND name = ?3 AND forfeited_slot_ms IS NULL`,
      ...[ownersSeenSinceMs, subject.scope, subject.name],
    )
    return {
      ...this.#spent(subject, subject),
      leased: amountOf(leases?.leased),
      reserved: amountOf(leases?.reserved),
      lost: amountOf(leases?.lost),
    }
  }

  /** Goes from name to name in the index, whatever number of slots each has. */
  subjects(scope: string, { grainSeconds, sinceMs, untilMs }: SpendSpan): string[] {
    const rows = this.#sql.all(
      `WITH RECURSIVE known (name) AS (
         SELECT min(name) FROM spend WHERE scope = ?1
         UNION ALL
         SELECT (SELECT min(name) FROM spend WHERE scope = ?1 AND name > known.name) FROM known WHERE name IS NOT NULL)
       SELECT name FROM known WHERE name IS NOT NULL AND EXISTS (
         SELECT 1 FROM spend WHERE scope = ?1 AND spend.name = known.name AND grain_seconds = ?2
           AND slot_ms >= ?3 AND slot_ms < ?4)
       UNION SELECT name FROM lease WHERE scope = ?1 ORDER BY name`,
      ...[scope, grainSeconds, sinceMs, untilMs],
    )
    return rows.map(({ name }) => String(name))
  }
}

function amountOf(stored: unknown): NanoUsd {
  return nanoUsd(Math.max(0, Number(stored)))
}
