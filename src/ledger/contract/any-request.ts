// Owns random requests for the usage contract: who sent them, when, and what their attempts came to.
import fc from 'fast-check'
import { nanoUsd } from '../../domain/money.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { answeredOutcome, attemptRecord } from './ledger-world.ts'

const DAY_MS = 86_400_000
const firstDay = Date.parse('2026-11-21T00:00:00Z')
/** A millisecond of four days, midnights among them. */
export const anyInstant = fc.oneof(
  fc.integer({ min: firstDay, max: firstDay + 4 * DAY_MS }),
  fc.integer({ min: 0, max: 4 }).map((day) => firstDay + day * DAY_MS),
)
/** A request with up to three attempts, any of which may have cost something. */
export const anyRequest = fc.record({
  receivedAtMs: anyInstant,
  key: fc.constantFrom(undefined, 'key_1', 'key_2'),
  user: fc.constantFrom(undefined, 'ann', 'bob'),
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
export type AnyRequest = typeof anyRequest extends fc.Arbitrary<infer Request> ? Request : never

/** The outcome that the proxy would record for it. */
export function requestOutcome(index: number, request: AnyRequest): Outcome {
  const { receivedAtMs, key, user, tokens, answered } = request
  const attempts = request.attempts.map(({ provider, model, cost }) => attemptRecord(provider, model, cost, 'timeout'))
  const last = request.attempts.at(-1)
  const { answeredBy: _, ...outcome } = answeredOutcome(`req_${index}`, {
    receivedAtMs,
    attempts,
    cost: nanoUsd(attempts.reduce((sum, { cost }) => sum + cost, 0)),
  })
  return {
    ...outcome,
    ...(answered && last ? { answeredBy: { ...last, location: 'cloud', reason: 'fallback' } } : {}),
    ...(tokens === undefined
      ? {}
      : { usage: { inputTokens: tokens, outputTokens: tokens * 2, cachedInputTokens: 0, reasoningTokens: 0 } }),
    ...(key === undefined ? {} : { keyId: key }),
    ...(user === undefined ? {} : { user }),
  }
}
