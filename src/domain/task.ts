// Owns the Task: one request as every surface hands it to the proxy, decoded once.
import type { DataClassification } from './data-classification.ts'
import type { RequestBody } from './request-body.ts'

export const qualityRequirements = ['low', 'medium', 'high', 'critical'] as const
export type QualityRequirement = (typeof qualityRequirements)[number]

export const complexities = ['low', 'medium', 'high', 'very_high'] as const
export type Complexity = (typeof complexities)[number]

/** Which model the caller asked for. */
export type ModelChoice =
  /** The routing rules choose. */
  | { readonly by: 'policy' }
  /** `auto:local` and `auto:cloud`: the rules choose within one location. */
  | { readonly by: 'tier'; readonly tier: 'local' | 'cloud' }
  /** A bare configured model name: any provider that has it. */
  | { readonly by: 'model'; readonly model: string }
  /** `provider/model` or `provider:model`. */
  | { readonly by: 'provider'; readonly provider: string; readonly model: string }

/** The routing hints of a request. Absent means that the caller said nothing. */
export interface TaskHints {
  readonly dataClassification?: DataClassification | undefined
  readonly qualityRequirement?: QualityRequirement | undefined
  readonly complexity?: Complexity | undefined
  /** Requests in the caller's batch, at least 1. */
  readonly batchSize?: number | undefined
  readonly session?: string | undefined
  /** The caller's own words for teams and jobs: rules match them, budgets hold for them, usage is grouped by them. */
  readonly tags?: readonly string[] | undefined
  readonly modelLocal?: string | undefined
  readonly modelCloud?: string | undefined
  readonly modelOpenai?: string | undefined
}

/** One request, ready for classify, route and try. Immutable. */
export interface Task {
  /** The request id, also sent to the client. */
  readonly id: string
  readonly receivedAtMs: number
  /** The route that was called, such as `/v1/chat/completions`; absent where none was. */
  readonly endpoint?: string | undefined
  /** The whole request, its stream included, must have ended by then. */
  readonly timeoutMs: number
  readonly model: ModelChoice
  readonly hints: TaskHints
  readonly body: RequestBody
  /** The caller's client tries again by itself, so that doing so here as well would multiply. */
  readonly retriesItself?: boolean | undefined
  /** The id of the key that sent it; never the key. */
  readonly keyId?: string | undefined
  /** Lower bound of the classification by the key's own default. */
  readonly keyClassification?: DataClassification | undefined
  /** The highest level that its key may send, wherever it would go: its data is searched in any case. */
  readonly keyCeiling?: DataClassification | undefined
  /** The candidates that its key allows; absent when it allows all. */
  readonly allowed?: AllowedCandidates | undefined
  readonly user?: string | undefined
  /** Ids of earlier answers that the request names beside its body, such as the previous response of a dialect. */
  readonly namedIds?: readonly string[] | undefined
  /** The operator named the user, so that the name is no content. */
  readonly userIsKnown?: boolean | undefined
}

/** What a key allows. Undefined allows all. */
export interface AllowedCandidates {
  /** Bare names, `provider/model` or `provider:model`. */
  readonly models: readonly string[] | undefined
  readonly providers: readonly string[] | undefined
}
