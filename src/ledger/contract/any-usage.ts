// Owns usage rows for the stores' contract: one with what a test names, and random ones whose attempts cost something.
import fc from '../../../test/make/property.ts'
import { nanoUsd } from '../../domain/money.ts'
import type { AttemptRecord, Outcome } from '../../domain/outcome.ts'
import { type UsageEntry, usageEntry } from '../usage-row.ts'
import { NOW_MS } from './store-world.ts'

/** What a test may say of a request; the rest is a request that `openai/gpt-5-mini` answered at `NOW_MS`. */
export interface UsageWish {
  readonly receivedAtMs?: number
  readonly cost?: number
  readonly key?: string | undefined
  readonly user?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly tokens?: number | undefined
  /** The last one answered, unless `answered` is false. */
  readonly attempts?: readonly { readonly provider: string; readonly model: string; readonly cost: number }[]
  readonly answered?: boolean
}

/** What the ledger gives a store for a request. */
export function storeUsage(requestId: string, wish: UsageWish = {}): UsageEntry {
  const { receivedAtMs = NOW_MS, cost = 0, answered = true, tokens } = wish
  const attempts = (wish.attempts ?? [{ provider: 'openai', model: 'gpt-5-mini', cost }]).map(
    (attempt, index, all): AttemptRecord => ({
      ...attempt,
      cost: nanoUsd(attempt.cost),
      location: 'cloud',
      reason: 'fallback',
      result: answered && index === all.length - 1 ? 'answered' : 'timeout',
      durationMs: 1,
    }),
  )
  const last = attempts.at(-1)
  const outcome: Outcome = {
    requestId,
    receivedAtMs,
    endedAtMs: receivedAtMs + 1200,
    endpoint: tokens === undefined ? undefined : '/v1/chat/completions',
    status: 'ok',
    httpStatus: 200,
    classification: { level: 'public', undecidable: false, restricted: false, source: 'declared' },
    attempts,
    answeredBy: answered ? last : undefined,
    usage:
      tokens === undefined
        ? undefined
        : { inputTokens: tokens, outputTokens: tokens * 2, cachedInputTokens: 3, reasoningTokens: 4 },
    usageQuality: tokens === undefined ? undefined : 'reported',
    cost: nanoUsd(attempts.reduce((sum, attempt) => sum + attempt.cost, 0)),
    stream: false,
    keyId: wish.key,
    user: wish.user,
    tags: wish.tags,
  }
  return usageEntry(outcome)
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const FIRST_DAY_MS = Date.parse('2026-11-21T00:00:00Z')

/** A millisecond of four days, midnights and full hours among them. */
export const anyInstant = fc.oneof(
  fc.integer({ min: FIRST_DAY_MS, max: FIRST_DAY_MS + 4 * DAY_MS }),
  fc.integer({ min: 0, max: 4 }).map((day) => FIRST_DAY_MS + day * DAY_MS),
  fc.integer({ min: 0, max: 96 }).map((hour) => FIRST_DAY_MS + hour * HOUR_MS),
)

/** A request with up to three attempts, any of which may have cost something. */
export const anyUsage: fc.Arbitrary<UsageWish> = fc.record({
  receivedAtMs: anyInstant,
  key: fc.constantFrom(undefined, 'key_1', 'key_2'),
  user: fc.constantFrom(undefined, 'ann', 'bob'),
  tags: fc.subarray(['batch', 'team"a"', '{x,\\y}', 'NULL']),
  tokens: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
  answered: fc.boolean(),
  attempts: fc.array(
    fc.record({
      provider: fc.constantFrom('openai', 'ollama_cloud'),
      model: fc.constantFrom('a', 'b'),
      cost: fc.nat(99),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})
