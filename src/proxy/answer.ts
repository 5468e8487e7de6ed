// Owns what the proxy gives back to a surface.
import type { RouteReason } from '../domain/attempt.ts'
import type { CompletionStream, NativeWire } from '../domain/completion.ts'
import type { EffectiveClassification } from '../domain/data-classification.ts'
import type { Location } from '../domain/location.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { AttemptRecord } from '../domain/outcome.ts'
import type { Cohort } from '../domain/rollout.ts'
import type { Usage } from '../domain/usage.ts'

/** `bypass`: this request is none whose answer is kept. */
export type CacheUse = 'hit' | 'miss' | 'bypass'

/** Who answered and why; the same facts stand in the response headers. */
export interface AnswerFacts {
  readonly requestId: string
  readonly provider: string
  readonly model: string
  readonly location: Location
  readonly reason: RouteReason
  readonly classification: EffectiveClassification
  readonly attempts: readonly AttemptRecord[]
  readonly simulated: boolean
  /** Undefined while nothing is rolled out. */
  readonly cohort: Cohort | undefined
  /** Absent where no answers are kept. */
  readonly cache?: CacheUse | undefined
}

export interface CompletionAnswer {
  readonly kind: 'completion'
  readonly facts: AnswerFacts
  /** The wire of `body` where it is not OpenAI's. */
  readonly wire?: NativeWire | undefined
  /** An OpenAI chat completion or a message of the native wire, with `usage.cost` where there is a usage. */
  readonly body: Buffer
  readonly usage: Usage | undefined
  readonly cost: NanoUsd
}

/** A stream whose reservation is settled when it ends. */
export interface SettledCompletionStream extends CompletionStream {
  /** What the ledger charged; known from the end of the stream on. */
  readonly cost: NanoUsd | undefined
}

/** Past its commit point: from here on no other candidate will answer. */
export interface StreamAnswer {
  readonly kind: 'stream'
  readonly facts: AnswerFacts
  readonly stream: SettledCompletionStream
}

export type Answer = CompletionAnswer | StreamAnswer
