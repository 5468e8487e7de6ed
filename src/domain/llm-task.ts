// Owns the request of the library: what a program hands to `generate` and `stream`.
import type { JsonObject } from './chat-body.ts'
import type { DataClassification } from './data-classification.ts'
import type { Complexity, QualityRequirement } from './task.ts'

/** A message in OpenAI's shape; unknown members pass through. */
export interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  readonly content?: string | null | readonly JsonObject[]
  readonly name?: string
  readonly tool_calls?: readonly JsonObject[]
  readonly tool_call_id?: string
}

/** What every task can say of itself. */
export interface TaskSettings {
  /** How sensitive the data is. confidential, pii and hipaa never leave this machine. */
  readonly dataClassification?: DataClassification
  readonly qualityRequirement?: QualityRequirement
  readonly complexity?: Complexity
  /** How many requests of this kind are on their way; more than 10 prefer the cloud's scale. */
  readonly batchSize?: number
  /** The model to use where the task goes to a local, a cloud or an OpenAI provider. */
  readonly modelLocal?: string
  readonly modelCloud?: string
  readonly modelOpenai?: string
  /** An explicit model: a configured name, `provider/model`, or `auto`. */
  readonly model?: string
  readonly user?: string
  readonly session?: string
  readonly tags?: readonly string[]
  /** The whole request must have ended by then; `routing.timeout_ms` by default. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * One request. Give `prompt` or `messages`.
 * @example { prompt: 'Summarise this record …', dataClassification: 'hipaa' }
 */
export interface LLMTask extends TaskSettings {
  readonly prompt?: string
  readonly messages?: readonly ChatMessage[]
  /** Tools in OpenAI's shape. */
  readonly tools?: readonly JsonObject[]
  /** OpenAI's `tool_choice`: `auto`, `none`, `required`, or one tool. */
  readonly toolChoice?: string | JsonObject
  /** OpenAI's `response_format`. */
  readonly responseFormat?: JsonObject
  /** The most tokens to generate, at least 1. */
  readonly maxTokens?: number
  /** 0 to 2. */
  readonly temperature?: number
  readonly stop?: string | readonly string[]
  /** Other members of OpenAI's request under their own names: `top_p`, `seed`, `reasoning_effort`, … */
  readonly parameters?: JsonObject
}

/**
 * One embedding of one or many texts.
 * @example { input: ['a text', 'another'], model: 'nomic-embed-text', dataClassification: 'pii' }
 */
export interface EmbedTask extends TaskSettings {
  /** One text, or up to 2048. None may be empty. */
  readonly input: string | readonly string[]
  /** The length of each vector, where the model can shorten it. */
  readonly dimensions?: number
}

/** All that a task says of itself but its signal, which is no plain value. */
export const taskSettingNames = [
  'dataClassification',
  'qualityRequirement',
  'complexity',
  'batchSize',
  'modelLocal',
  'modelCloud',
  'modelOpenai',
  'model',
  'user',
  'session',
  'tags',
  'timeoutMs',
] as const satisfies readonly (keyof TaskSettings)[]
