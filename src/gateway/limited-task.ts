// Owns the limits of a request: taken before it is answered, settled when it is over, told in its headers.
import type { StreamEnd } from '../domain/completion.ts'
import { AegisError } from '../domain/errors.ts'
import { NO_LIMITS, type RateLimits } from '../domain/rate-limits.ts'
import type { Task } from '../domain/task.ts'
import type { Usage } from '../domain/usage.ts'
import type { Admission } from '../limits/admission.ts'
import { estimateTokens } from '../limits/estimate-tokens.ts'
import type { LimitedParty } from '../limits/limiter.ts'
import type { Answer } from '../proxy/answer.ts'
import type { Exchange } from './exchange.ts'
import { WatchedStream } from './watched-stream.ts'

/** Undefined when nothing holds the request back. */
export function limitedParties({ caller, deps }: Exchange, task: Task): readonly LimitedParty[] | undefined {
  const { perKey, perUser } = deps.limits
  const parties: LimitedParty[] = []
  if (caller.key !== undefined) {
    const { id, limits } = caller.key
    const own = limitsOf(limits, perKey)
    if (own !== NO_LIMITS) parties.push({ scope: 'key', name: id, limits: own })
  }
  // A name that no operator knows may be content, and is kept nowhere.
  if (task.user !== undefined && task.userIsKnown && holdsBack(perUser)) {
    parties.push({ scope: 'user', name: task.user, limits: perUser })
  }
  return parties.length === 0 ? undefined : parties
}

/** Each limit of the key itself, else that of the configuration. */
function limitsOf(own: RateLimits, others: RateLimits): RateLimits {
  const joined = {
    requestsPerMinute: own.requestsPerMinute ?? others.requestsPerMinute,
    tokensPerMinute: own.tokensPerMinute ?? others.tokensPerMinute,
    parallelRequests: own.parallelRequests ?? others.parallelRequests,
  }
  return holdsBack(joined) ? joined : NO_LIMITS
}

function holdsBack({ requestsPerMinute, tokensPerMinute, parallelRequests }: RateLimits): boolean {
  return requestsPerMinute !== null || tokensPerMinute !== null || parallelRequests !== null
}

/**
 * Answers within the limits.
 * @throws AegisError `rate_limited`, and what `answer` throws.
 */
export async function withinLimits(
  exchange: Exchange,
  task: Task,
  parties: readonly LimitedParty[],
  answer: () => Promise<Answer>,
): Promise<Answer> {
  const { limiter } = exchange.deps.limits
  const counted = parties.some(({ limits }) => limits.tokensPerMinute !== null)
  const { input, output } = counted ? estimateTokens(task.body) : { input: 0, output: 0 }
  let admission: Admission | undefined
  try {
    admission = await limiter.admit(parties, input + output)
  } finally {
    exchange.headers.push(...(admission?.headers ?? limiter.headersOf(parties)))
  }
  if (admission === undefined) return answer()
  let answered: Answer
  try {
    answered = await answer()
  } catch (error) {
    // Who left may have had its prompt read; what failed gave nothing.
    admission.settle(error instanceof AegisError && error.code === 'client_closed' ? input : 0)
    throw error
  }
  if (answered.kind === 'completion') {
    admission.settle(answered.facts.cache === 'hit' ? 0 : usedTokens(answered.usage))
    return answered
  }
  const { facts, stream } = answered
  const hit = facts.cache === 'hit'
  const watched = new WatchedStream(stream, (end) => admission.settle(hit ? 0 : tokensAtEnd(end)))
  return { kind: 'stream', facts, stream: watched }
}

function usedTokens(usage: Usage | undefined): number | undefined {
  return usage && usage.inputTokens + usage.outputTokens
}

/** Of a stream that broke off without a report the estimate stands: the input was read, and who counts what was sent. */
function tokensAtEnd({ usage, usageSoFar }: StreamEnd): number | undefined {
  return usedTokens(usage ?? usageSoFar)
}
