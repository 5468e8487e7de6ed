// Owns how an outcome becomes a usage row, and whose figures it adds to. Every ledger stores what this file makes.

import type { NanoUsd } from '../domain/money.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { UsagePage, UsagePageQuery, UsageRow } from './ledger.ts'

/** What a request adds to the figures of one provider and model. The parts of a row add up to the row. */
export interface UsagePart {
  /** Empty when nobody answered. */
  readonly provider: string
  readonly model: string
  /** 1 for the part that has the answer, which is the first one, and 0 for the costs of other attempts. */
  readonly requests: 0 | 1
  readonly inputTokens: number
  readonly outputTokens: number
  cost: number
}

/** A row and its parts, ready to be stored. */
export interface UsageEntry {
  readonly row: UsageRow
  readonly parts: readonly UsagePart[]
}

/**
 * The row of a request. Its cost is what its attempts came to, or what the outcome says if that is more. Times and
 * counts are made whole numbers, because a store that takes only whole numbers must never refuse a row for it.
 * @example usageEntry(outcome).row.attempts // ['openai/gpt-4o:overloaded', 'ollama/llama3.2:answered']
 */
export function usageEntry(outcome: Outcome): UsageEntry {
  const { usage, answeredBy } = outcome
  const answered: UsagePart = {
    provider: answeredBy?.provider ?? '',
    model: answeredBy?.model ?? '',
    requests: 1,
    inputTokens: tokenCount(usage?.inputTokens ?? 0),
    outputTokens: tokenCount(usage?.outputTokens ?? 0),
    cost: 0,
  }
  const parts = [answered]
  let attemptsCost = 0
  for (const attempt of outcome.attempts) {
    if (attempt.cost === 0) continue
    attemptsCost += attempt.cost
    partOf(parts, attempt.provider, attempt.model).cost += attempt.cost
  }
  const cost = Math.max(wholeNumber(outcome.cost), attemptsCost)
  answered.cost += cost - attemptsCost
  return {
    row: {
      requestId: outcome.requestId,
      receivedAtMs: wholeNumber(outcome.receivedAtMs),
      endpoint: outcome.endpoint ?? null,
      durationMs: wholeNumber(outcome.endedAtMs - outcome.receivedAtMs),
      status: outcome.status,
      httpStatus: wholeNumber(outcome.httpStatus),
      provider: answeredBy?.provider ?? null,
      model: answeredBy?.model ?? null,
      reason: answeredBy?.reason ?? null,
      classification: outcome.classification.level,
      inputTokens: usage === undefined ? null : answered.inputTokens,
      outputTokens: usage === undefined ? null : answered.outputTokens,
      cachedInputTokens: usage === undefined ? null : tokenCount(usage.cachedInputTokens),
      reasoningTokens: usage === undefined ? null : tokenCount(usage.reasoningTokens),
      usageQuality: outcome.usageQuality ?? null,
      cost: cost as NanoUsd,
      keyId: outcome.keyId ?? null,
      user: outcome.user ?? null,
      tags: outcome.tags === undefined ? [] : [...new Set(outcome.tags)],
      attempts: outcome.attempts.map((attempt) => `${attempt.provider}/${attempt.model}:${attempt.result}`),
    },
    parts,
  }
}

/** What a page query asks for, checked. */
export interface PagePosition {
  /** Rows before this pair of time and request id, in the order of both. */
  readonly beforeMs: number
  readonly beforeId: string
}

/**
 * Where a page begins.
 * @throws RangeError when a page would have no row or more than 1000, and for a cursor that no page gave.
 */
export function pagePosition({ limit, cursor }: UsagePageQuery): PagePosition {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new RangeError(`limit must be a whole number from 1 to 1000, not ${limit}`)
  }
  if (cursor === undefined) return { beforeMs: Number.MAX_SAFE_INTEGER, beforeId: '' }
  const [, time, id] = /^(\d{1,16})~(.+)$/s.exec(cursor) ?? []
  if (time === undefined || id === undefined) {
    throw new RangeError('cursor must be the next_cursor of the page before')
  }
  return { beforeMs: Number(time), beforeId: id }
}

/** A page from one row more than it may have. */
export function pageOf(rows: readonly UsageRow[], limit: number): UsagePage {
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { rows: page, next: last && `${last.receivedAtMs}~${last.requestId}` }
}

function partOf(parts: UsagePart[], provider: string, model: string): UsagePart {
  const known = parts.find((part) => part.provider === provider && part.model === model)
  if (known !== undefined) return known
  const part: UsagePart = { provider, model, requests: 0, inputTokens: 0, outputTokens: 0, cost: 0 }
  parts.push(part)
  return part
}

function wholeNumber(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0
}

/** What a provider says it has counted. No request has a trillion tokens; one that says so must not spoil the sums. */
function tokenCount(value: number): number {
  return Math.min(1_000_000_000_000, wholeNumber(value))
}
