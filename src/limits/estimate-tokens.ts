// Owns how many tokens a request will probably use, before anybody knows.
import type { RequestBody } from '../domain/request-body.ts'
import { leastTokensOf } from '../policy/prompt-size.ts'

/** The fewest tokens of prose are about three quarters of the true count. */
const TRUE_COUNT = 4 / 3
/** Of an answer whose length nobody has bounded. Most are shorter. */
const USUAL_ANSWER = 1024

export interface TokenEstimate {
  readonly input: number
  readonly output: number
}

/** Pictures and sound count nothing here; what they come to is settled. */
export function estimateTokens(body: RequestBody): TokenEstimate {
  const { view } = body
  if (body.kind === 'embedding') return { input: trueCount(leastTokensOf(view.input)), output: 0 }
  const input = trueCount(leastTokensOf(view.messages) + leastTokensOf(view.tools))
  return { input, output: (body.outputTokenCap ?? USUAL_ANSWER) * body.choices }
}

function trueCount(leastTokens: number): number {
  return Math.ceil(leastTokens * TRUE_COUNT)
}
