// What differs between the servers that speak OpenAI's wire.
import type { PromptPart } from '../context-window.ts'
import type { JsonObject } from '../json-value.ts'
import type { Answer, Voice } from '../plan-answer.ts'
import type { BodyReply, Dialect, Frame } from '../reply.ts'
import type { UsagePlan } from './plan-usage.ts'

/** A finished answer on its way to the wire. */
export interface ChatReply {
  readonly answer: Answer
  readonly model: string
  readonly requestNumber: number
  readonly choices: number
  readonly usage: UsagePlan
}

export interface ChatEncoder {
  readonly detailedUsage: boolean
  body(reply: ChatReply): JsonObject
  frames(reply: ChatReply): readonly Frame[]
}

/** The model that serves a request. */
export interface ServingModel {
  /** The name that the reply gives. */
  readonly name: string
  readonly thinks: boolean
  readonly embeddingDimensions: number
  /** The host that a real server would have sent the prompt to. */
  readonly forwardedTo?: string | undefined
  /** How much of the prompt the model reads. */
  read(parts: readonly PromptPart[]): number
}

export type WireAdmission = ServingModel | { readonly refusal: BodyReply }

export interface OpenAIWire {
  readonly voice: Voice
  readonly dialect: Dialect
  readonly guarded: boolean
  readonly encoder: ChatEncoder
  /** The fields that limit the output, the first one set wins. */
  readonly limitFields: readonly string[]
  /** Whether `n` is honoured. */
  readonly manyChoices: boolean
  /** Whether a stream reports its usage without being asked. */
  readonly usageUnasked: boolean
  admitChat(json: JsonObject): WireAdmission
  /** Absent where there is no route for responses. */
  admitResponse?(json: JsonObject): WireAdmission
  admitEmbedding(json: JsonObject): WireAdmission
}
