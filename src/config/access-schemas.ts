// Owns how limits, the response cache and compatibility are written in the configuration.
import { z } from 'zod'
import type { RateLimits } from '../domain/rate-limits.ts'
import { mapping, optionalWholeNumber, wholeNumber, yesOrNo } from './schema-fields.ts'

const MEBIBYTE = 1024 * 1024
const MOST = 1_000_000_000

const limitFields = mapping({
  requests_per_minute: optionalWholeNumber({ from: 1, to: MOST, description: 'Requests in a minute.' }),
  tokens_per_minute: optionalWholeNumber({
    from: 1,
    to: MOST,
    description: 'Tokens in a minute, of input and output together. Held by estimate, settled by what was used.',
  }),
  parallel_requests: optionalWholeNumber({ from: 1, to: 1_000_000, description: 'Requests under way at once.' }),
})

export const limitsSchema = mapping({
  per_key: limitFields.prefault({}).describe('What each virtual key may do that has no limits of its own.'),
  per_user: limitFields.prefault({}).describe('What each user may do, with all keys together.'),
})

export function limitsOf(entry: z.output<typeof limitFields>): RateLimits {
  return {
    requestsPerMinute: entry.requests_per_minute ?? null,
    tokensPerMinute: entry.tokens_per_minute ?? null,
    parallelRequests: entry.parallel_requests ?? null,
  }
}

export const cacheSchema = mapping({
  enabled: yesOrNo('true: answers are kept in memory and given again to the same request. Default: false.'),
  ttl_seconds: wholeNumber({
    from: 1,
    to: 31_536_000,
    byDefault: 300,
    description: 'How long an answer is given again, in seconds.',
  }),
  max_bytes: wholeNumber({
    from: MEBIBYTE,
    to: 64 * 1024 * MEBIBYTE,
    byDefault: 64 * MEBIBYTE,
    description: 'How much memory the answers may take, in bytes; those that were not asked for longest go first.',
  }),
  only_deterministic: yesOrNo(
    'true: only requests whose temperature is 0, and embeddings. false: a chance answer is given again too. Default: true.',
  ),
})

export const compatSchema = z
  .enum(['any_llm'])
  .describe(
    'any_llm: behaves as the any-llm gateway 1.14 where Aegis would not: 403 for an exhausted budget, 422 for a wrong body, ' +
      'pricing readable without a key, the master key names a user.',
  )
