// Where and with which numbers the OpenAI wire reports usage.
import type { Behaviour } from '../behaviour.ts'
import type { JsonObject } from '../json-value.ts'
import { scriptedUsage } from '../plan-answer.ts'

export interface UsagePlan {
  /** Undefined when a reply that is not a stream has none. */
  readonly inBody: JsonObject | undefined
  readonly inStream: JsonObject
  readonly place: 'nowhere' | 'own_chunk' | 'late_chunk' | 'last_content_chunk'
  /** The caller asked for usage, so every other chunk says `usage: null`. */
  readonly asked: boolean
}

export interface TokenCounts {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly thinkingTokens: number
}

export function planUsage(behaviour: Behaviour, counts: TokenCounts, asked: boolean, detailed: boolean): UsagePlan {
  const usage = usageBody(behaviour, counts, detailed)
  return {
    inBody: behaviour.usage === 'absent' ? undefined : usage,
    inStream: usage,
    place: placeOf(behaviour, asked),
    asked,
  }
}

function placeOf(behaviour: Behaviour, asked: boolean): UsagePlan['place'] {
  switch (behaviour.usage) {
    case 'absent':
      return 'nowhere'
    case 'inline':
      return 'last_content_chunk'
    case 'late':
      return 'late_chunk'
    case 'present':
    case 'zero':
      return 'own_chunk'
    default:
      return asked ? 'own_chunk' : 'nowhere'
  }
}

function usageBody(behaviour: Behaviour, counts: TokenCounts, detailed: boolean): JsonObject {
  if (behaviour.usage === 'zero') return tokenTotals(0, 0, detailed ? details(0) : {})
  const scripted = scriptedUsage(behaviour)
  if (!scripted) {
    return tokenTotals(counts.inputTokens, counts.outputTokens, detailed ? details(counts.thinkingTokens) : {})
  }
  const { prompt_tokens, completion_tokens, ...rest } = scripted
  return tokenTotals(prompt_tokens, completion_tokens, { ...(detailed ? details(0) : {}), ...rest })
}

function tokenTotals(promptTokens: number, completionTokens: number, rest: JsonObject): JsonObject {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...rest,
  }
}

function details(reasoningTokens: number): JsonObject {
  return {
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

/** The usage of an embedding; undefined when the script leaves it out. */
export function embeddingUsage(behaviour: Behaviour, inputTokens: number): JsonObject | undefined {
  if (behaviour.usage === 'absent') return undefined
  const scripted = scriptedUsage(behaviour)?.prompt_tokens
  const tokens = behaviour.usage === 'zero' ? 0 : (scripted ?? inputTokens)
  return { prompt_tokens: tokens, total_tokens: tokens }
}
