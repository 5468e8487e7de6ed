// Owns what a ledger file says about money: reservations, charges and spend, each step in one transaction.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ClearedAttempt } from '../../domain/attempt.ts'
import { type NanoUsd, nanoUsd, ZERO_USD } from '../../domain/money.ts'
import type { Account, BudgetBook, Charge, HeldReservation } from '../budget-book.ts'
import type { UsageEntry } from '../usage-row.ts'
import { inTransaction } from './transaction.ts'
import { type RefusedRow, UsageWriter } from './usage-writer.ts'

/**
 * Pages in the write-ahead log, 4 KiB each, after which a batch copies them to the file. Fewer would wait for the disk
 * more often; more would wait longer each time.
 */
const CHECKPOINT_PAGES = 4096

/** An attempt whose process died before it was settled. */
interface OpenReservation {
  readonly seq: number
  readonly id: string
  readonly provider: string
  readonly model: string
  readonly period: string
  readonly amount: number
  readonly receivedAtMs: number
  readonly reason: string
  readonly classification: string
  readonly keyId: string | null
  readonly user: string | null
}

/**
 * Adds the figures of a file to a book, and the book goes on numbering where the file ends. The writer starts from
 * this, and a reader shows it, so both do the same arithmetic on the same rows.
 * @example loadBook(database, book)
 */
export function loadBook(database: DatabaseSync, book: BudgetBook): void {
  const spent = database.prepare('SELECT provider, period, amount FROM spend').all()
  const reserved = database
    .prepare('SELECT provider, period, sum(amount) AS amount FROM reservation GROUP BY provider, period')
    .all()
  for (const row of spent) book.load(String(row.provider), String(row.period), amountOf(row.amount), ZERO_USD)
  for (const row of reserved) {
    book.load(String(row.provider), String(row.period), ZERO_USD, amountOf(row.amount))
  }
  const last = database
    .prepare('SELECT ifnull(max(seq), 0) AS last FROM (SELECT seq FROM reservation UNION ALL SELECT seq FROM charge)')
    .get()
  book.continueFrom(Number(last?.last ?? 0) + 1)
}

/**
 * The writing side of a ledger file. Every method throws what SQLite throws; the caller decides what that means.
 * @example new LedgerStore(openForWriting(path, 'normal', nowMs).database)
 */
export class LedgerStore {
  readonly #database: DatabaseSync
  readonly #usage: UsageWriter
  readonly #insertReservation: StatementSync
  readonly #deleteReservation: StatementSync
  readonly #insertCharge: StatementSync
  readonly #addSpend: StatementSync
  readonly #probe: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#usage = new UsageWriter(database)
    this.#insertReservation = database.prepare('INSERT INTO reservation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#deleteReservation = database.prepare('DELETE FROM reservation WHERE seq = ?')
    this.#insertCharge = database.prepare(
      'INSERT INTO charge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (seq) DO NOTHING',
    )
    this.#addSpend = database.prepare(
      'INSERT INTO spend VALUES (?, ?, ?) ON CONFLICT (provider, period) DO UPDATE SET amount = amount + excluded.amount',
    )
    this.#probe = database.prepare('UPDATE owner SET probes = probes + 1')
  }

  /** Durable when it returns. One statement, so a transaction of its own. */
  insertReservation(held: HeldReservation, attempt: ClearedAttempt, attemptIndex: number): void {
    const { task } = attempt
    this.#insertReservation.run(
      held.number,
      task.id,
      attemptIndex,
      attempt.provider.name,
      attempt.model,
      held.period,
      held.amount,
      Math.round(task.receivedAtMs),
      attempt.reason,
      attempt.classification.level,
      task.keyId ?? null,
      (attempt.classification.restricted ? undefined : task.user) ?? null,
    )
  }

  /**
   * All in one transaction. Writing the same charges again changes nothing. SQLite may copy its write-ahead log to the
   * file here, which waits for the disk, and nowhere else, so that no reservation ever waits for it.
   */
  write(charges: readonly Charge[], entries: readonly UsageEntry[], nowMs: number): RefusedRow[] {
    this.#database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    try {
      return inTransaction(this.#database, () => {
        this.#writeCharges(charges, nowMs)
        return this.#usage.write(entries)
      })
    } finally {
      this.#database.exec('PRAGMA wal_autocheckpoint = 0')
    }
  }

  /** A write that changes nothing that counts, to find out whether the disk works again. */
  probe(): void {
    this.#probe.run()
  }

  /**
   * Charges in full what a dead process left behind: a provider may have billed it, and nobody can say. Each such
   * attempt gets a usage row of its own.
   */
  chargeOpenReservations(nowMs: number): { readonly reservations: number; readonly amount: NanoUsd } {
    const open = this.#database
      .prepare(
        `SELECT seq, request_id || ':' || attempt_index AS id, provider, model, period, amount,
           received_at_ms AS receivedAtMs, reason, classification, key_id AS keyId, user
         FROM reservation ORDER BY seq`,
      )
      .all() as unknown as OpenReservation[]
    if (open.length === 0) return { reservations: 0, amount: ZERO_USD }
    inTransaction(this.#database, () => {
      for (const { seq, id, provider, model, period, amount } of open) {
        this.#insertCharge.run(seq, id, provider, model, period, amount, amount, 'estimated', 'unsettled', nowMs)
        this.#addSpend.run(provider, period, amount)
        this.#deleteReservation.run(seq)
      }
      this.#usage.write(open.map(unsettledEntry))
    })
    return { reservations: open.length, amount: nanoUsd(open.reduce((sum, { amount }) => sum + amount, 0)) }
  }

  /** How long a write waits for another program's lock. */
  setLockWait(waitMs: number): void {
    this.#database.exec(`PRAGMA busy_timeout = ${waitMs}`)
  }

  #writeCharges(charges: readonly Charge[], nowMs: number): void {
    const spend = new Map<Account, number>()
    for (const { number, reservation, account, model, reserved, cost, quality } of charges) {
      if (reserved > 0) this.#deleteReservation.run(number)
      if (cost === 0) continue
      const { provider, period } = account
      const { changes } = this.#insertCharge.run(
        number,
        reservation,
        provider,
        model,
        period,
        reserved,
        cost,
        quality,
        'settled',
        nowMs,
      )
      if (changes !== 0) spend.set(account, (spend.get(account) ?? 0) + cost)
    }
    for (const [{ provider, period }, cost] of spend) this.#addSpend.run(provider, period, cost)
  }
}

function unsettledEntry(open: OpenReservation): UsageEntry {
  const { provider, model, keyId, user, reason, classification, receivedAtMs } = open
  return {
    row: {
      requestId: open.id,
      receivedAtMs,
      durationMs: 0,
      status: 'unsettled',
      httpStatus: 0,
      provider,
      model,
      reason,
      classification,
      inputTokens: null,
      outputTokens: null,
      cachedInputTokens: null,
      usageQuality: 'estimated',
      cost: nanoUsd(open.amount),
      keyId,
      user,
      attempts: [`${provider}/${model}:unsettled`],
    },
    parts: [{ provider, model, requests: 1, inputTokens: 0, outputTokens: 0, cost: open.amount }],
  }
}

function amountOf(stored: unknown): NanoUsd {
  return nanoUsd(Number(stored))
}
