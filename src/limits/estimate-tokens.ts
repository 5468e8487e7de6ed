// Owns how many tokens a request will probably use, before anybody knows.
import type { RequestBody } from '../domain/request-body.ts'
import { leastTokensOf } from '../policy/prompt-size.ts'

/** The fewest tokens of prose are about three quarters of the true count. */
const TRUE_COUNT = 4 / 3
/** Of an answer whose length nobody has bounded. Most are shorter. */
const USUAL_ANSWER = 1024

/** Input and output together. Pictures and sound count nothing here; what they come to is settled. */
export function estimateTokens(body: RequestBody): number {
  const { view } = body
  if (body.kind === 'embedding') return Math.ceil(leastTokensOf(view.input) * TRUE_COUNT)
  const input = leastTokensOf(view.messages) + leastTokensOf(view.tools)
  return Math.ceil(input * TRUE_COUNT) + (body.outputTokenCap ?? USUAL_ANSWER) * body.choices
}
