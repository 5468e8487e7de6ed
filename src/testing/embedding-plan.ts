// What a simulated provider of any wire makes of texts to embed: vectors, and the tokens that it counts and bills.
import type { Behaviour } from './behaviour.ts'
import { simulatedEmbedding } from './embedding.ts'
import { scriptedUsage } from './plan-answer.ts'
import type { Reply } from './reply.ts'
import { simulatedTokens } from './simulated-tokens.ts'

export interface PlannedEmbeddings {
  readonly vectors: readonly (readonly number[])[]
  /** The tokens to report of each text; `undefined` when the script leaves the usage out. */
  readonly reported: readonly number[] | undefined
  readonly billing: NonNullable<Reply['billing']>
}

export function planEmbeddings(texts: readonly string[], dimensions: number, behaviour: Behaviour): PlannedEmbeddings {
  const counted = texts.map((text) => simulatedTokens(text))
  const scripted = scriptedUsage(behaviour)?.prompt_tokens
  // A scripted sum is told of the first text, since some wires count by text and others by request.
  const told = scripted === undefined ? counted : counted.map((_, index) => (index === 0 ? scripted : 0))
  const reported = behaviour.usage === 'zero' ? counted.map(() => 0) : told
  return {
    vectors: texts.map((text) => simulatedEmbedding(text, dimensions)),
    reported: behaviour.usage === 'absent' ? undefined : reported,
    billing: { inputTokens: total(told), outputTokens: 0 },
  }
}

export function total(counts: readonly number[]): number {
  return counts.reduce((sum, one) => sum + one, 0)
}
