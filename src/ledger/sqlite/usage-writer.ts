// Owns the writing of usage: rows one by one, and the roll-up once for all rows of a transaction.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { rollUp } from '../usage-roll-up.ts'
import type { UsageEntry } from '../usage-row.ts'

const insertRowSql = `
  INSERT INTO usage (received_at_ms, request_id, duration_ms, status, http_status, provider, model, reason,
    classification, input_tokens, output_tokens, cached_input_tokens, reasoning_tokens, usage_quality, cost, answer_cost,
    key_id, user, tags, attempts, endpoint)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

const addToSumSql = `
  INSERT INTO usage_sum VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (grouping, grain_seconds, slot_ms, name) DO UPDATE SET
    requests = requests + excluded.requests,
    input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    cost = cost + excluded.cost`

/**
 * Writes usage entries inside a transaction of the caller's. A row that is there already is not counted again.
 * @example inTransaction(database, () => usageWriter.write(entries))
 */
export class UsageWriter {
  readonly #insertRow: StatementSync
  readonly #insertElsewhere: StatementSync
  readonly #insertTag: StatementSync
  readonly #addToSum: StatementSync

  constructor(database: DatabaseSync) {
    this.#insertRow = database.prepare(insertRowSql)
    this.#insertElsewhere = database.prepare('INSERT INTO usage_elsewhere VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    this.#insertTag = database.prepare('INSERT INTO usage_tag VALUES (?, ?, ?)')
    this.#addToSum = database.prepare(addToSumSql)
  }

  write(entries: readonly UsageEntry[]): void {
    const added = entries.filter((entry) => this.#writeRow(entry))
    for (const sum of rollUp(added)) {
      const { grouping, grainSeconds, slotMs, name, requests, inputTokens, outputTokens, cost } = sum
      this.#addToSum.run(grouping, grainSeconds, slotMs, name, requests, inputTokens, outputTokens, cost)
    }
  }

  #writeRow({ row, parts }: UsageEntry): boolean {
    const tags = row.tags.length === 0 ? '[]' : JSON.stringify(row.tags)
    const { changes } = this.#insertRow.run(
      row.receivedAtMs,
      row.requestId,
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
      row.reasoningTokens,
      row.usageQuality,
      row.cost,
      parts[0]?.cost ?? 0,
      row.keyId,
      row.user,
      tags,
      JSON.stringify(row.attempts),
      row.endpoint,
    )
    if (changes === 0) return false
    for (const tag of row.tags) this.#insertTag.run(tag, row.receivedAtMs, row.requestId)
    for (const { provider, model, requests, cost } of parts) {
      if (requests === 1) continue
      this.#insertElsewhere.run(row.receivedAtMs, row.requestId, provider, model, row.keyId, row.user, tags, cost)
    }
    return true
  }
}
