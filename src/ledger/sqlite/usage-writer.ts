// Owns the writing of usage: rows one by one, and the roll-up by day once for all rows of a transaction.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type UsageEntry, utcDay } from '../usage-row.ts'
import { isRowError } from './sqlite-error.ts'

/** A row that could not be stored for a reason of its own. */
export interface RefusedRow {
  readonly requestId: string
  readonly message: string
}

interface DayFigures {
  readonly day: number
  readonly provider: string
  readonly model: string
  readonly keyId: string
  readonly user: string
  requests: number
  inputTokens: number
  outputTokens: number
  cost: number
}

const insertRowSql = `
  INSERT INTO usage (request_id, received_at_ms, duration_ms, status, http_status, provider, model, reason,
    classification, input_tokens, output_tokens, cached_input_tokens, usage_quality, cost, answer_cost, key_id, user,
    attempts)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request_id) DO NOTHING`

const addToDaySql = `
  INSERT INTO usage_by_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (day, provider, model, key_id, user) DO UPDATE SET
    requests = requests + excluded.requests,
    input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    cost = cost + excluded.cost`

/**
 * Writes usage entries inside a transaction of the caller's.
 * @example inTransaction(database, () => usageWriter.write(entries))
 */
export class UsageWriter {
  readonly #insertRow: StatementSync
  readonly #insertElsewhere: StatementSync
  readonly #addToDay: StatementSync
  readonly #nextRow: StatementSync

  constructor(database: DatabaseSync) {
    this.#insertRow = database.prepare(insertRowSql)
    this.#insertElsewhere = database.prepare(
      'INSERT INTO usage_elsewhere (received_at_ms, provider, model, key_id, user, cost) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#addToDay = database.prepare(addToDaySql)
    this.#nextRow = database.prepare('SELECT ifnull(max(seq), 0) + 1 AS next FROM usage')
  }

  /** Answers the rows that were left out. Any other error is thrown on, and the transaction must be rolled back. */
  write(entries: readonly UsageEntry[]): RefusedRow[] {
    const refused: RefusedRow[] = []
    const days = new Map<string, DayFigures>()
    for (const entry of entries) {
      try {
        this.#writeRow(entry)
      } catch (error) {
        if (!isRowError(error)) throw error
        refused.push({ requestId: entry.row.requestId, message: error instanceof Error ? error.message : '' })
        continue
      }
      addToDays(days, entry)
    }
    for (const sum of days.values()) {
      const { day, provider, model, keyId, user, requests, inputTokens, outputTokens, cost } = sum
      this.#addToDay.run(day, provider, model, keyId, user, requests, inputTokens, outputTokens, cost)
    }
    return refused
  }

  #writeRow(entry: UsageEntry): void {
    const { row, parts } = entry
    if (this.#insert(row.requestId, entry) === 0) {
      this.#insert(`${row.requestId}#${this.#nextRow.get()?.next}`, entry)
    }
    for (const part of parts) {
      if (part.requests === 1) continue
      this.#insertElsewhere.run(row.receivedAtMs, part.provider, part.model, row.keyId, row.user, part.cost)
    }
  }

  #insert(requestId: string, { row, parts }: UsageEntry): number | bigint {
    return this.#insertRow.run(
      requestId,
      row.receivedAtMs,
      row.durationMs,
      row.status,
      row.httpStatus,
      row.provider,
      row.model,
      row.reason,
      row.classification,
      row.inputTokens,
      row.outputTokens,
      row.cachedInputTokens,
      row.usageQuality,
      row.cost,
      parts[0]?.cost ?? 0,
      row.keyId,
      row.user,
      JSON.stringify(row.attempts),
    ).changes
  }
}

function addToDays(days: Map<string, DayFigures>, { row, parts }: UsageEntry): void {
  const day = utcDay(row.receivedAtMs)
  const keyId = row.keyId ?? ''
  const user = row.user ?? ''
  for (const part of parts) {
    const { provider, model, requests, inputTokens, outputTokens, cost } = part
    const name = JSON.stringify([day, provider, model, keyId, user])
    const sum = days.get(name)
    if (sum === undefined) {
      days.set(name, { day, provider, model, keyId, user, requests, inputTokens, outputTokens, cost })
      continue
    }
    sum.requests += requests
    sum.inputTokens += inputTokens
    sum.outputTokens += outputTokens
    sum.cost += cost
  }
}
