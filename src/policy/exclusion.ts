// Owns how a candidate that is left out of a plan is described.
import type { OnlyThere } from '../domain/responses-body.ts'

export type ExclusionCause =
  | 'restricted_data'
  | 'provider_closed'
  | 'outside_tier'
  /** The key that asks may not use it. */
  | 'key_not_allowed'
  /** The model is known not to do what the request asks for. */
  | 'lacks_capability'
  /** The request asks for what only OpenAI's own route for responses has, and it has not, or the data is restricted. */
  | 'lacks_route'
  /** The prompt is known not to fit into the model's context window. */
  | 'context_too_small'

export interface ExcludedCandidate {
  readonly provider: string
  readonly model: string
  readonly cause: ExclusionCause
  readonly detail: string
  /** Of `context_too_small`: what the model reads, and the fewest tokens that the prompt can have. */
  readonly context_tokens?: number
  readonly prompt_tokens?: number
  /** Of `lacks_route`: how the request is refused when nobody has it. */
  readonly refusal?: OnlyThere
}

/** Whether another request, not a later one, is what would help. */
export function isAboutRequest({ cause }: ExcludedCandidate): boolean {
  return cause === 'lacks_capability' || cause === 'lacks_route' || cause === 'context_too_small'
}
