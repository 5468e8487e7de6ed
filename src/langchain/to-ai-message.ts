// Owns the way back: an answer of Aegis as LangChain's message, with its usage and who gave it at what cost.
import {
  AIMessage,
  AIMessageChunk,
  type InvalidToolCall,
  type ResponseMetadata,
  type ToolCall,
  type UsageMetadata,
} from '@langchain/core/messages'
import { makeInvalidToolCall, parseToolCall } from '@langchain/core/output_parsers/openai_tools'
import type { ClientAnswer, ClientEvent } from '../client/aegis-client.ts'
import type { Usage } from '../domain/usage.ts'
import type { LLMToolCall } from '../library/llm-answer.ts'

/** What stands in `response_metadata` of every answer, and on the last chunk of a stream. */
export interface AegisResponseMetadata {
  readonly model_provider: 'aegis'
  readonly model_name: string
  readonly finish_reason: string | undefined
  readonly request_id: string
  /** Who answered, where, and which rule sent the task there. */
  readonly provider: string
  readonly location: 'local' | 'cloud'
  readonly reason: string
  /** What the task was treated as: declared or detected, whichever is higher. */
  readonly classification: string
  readonly attempts: number
  readonly simulated: boolean
  /** US dollars, as the ledger charged them. */
  readonly cost_usd: number | undefined
}

/** @param asBlocks LangChain's second standard: what was thought is a block of the content. */
export function toAIMessage(answer: ClientAnswer, asBlocks: boolean): AIMessage {
  const calls: ToolCall[] = []
  const invalid: InvalidToolCall[] = []
  for (const call of answer.toolCalls) {
    const wire = wireCall(call)
    try {
      calls.push(parseToolCall(wire, { returnId: true }))
    } catch (error) {
      invalid.push(makeInvalidToolCall(wire, error instanceof Error ? error.message : undefined))
    }
  }
  return new AIMessage({
    content: asBlocks && answer.reasoning !== '' ? [thought(answer.reasoning), words(answer.text)] : answer.text,
    tool_calls: calls,
    invalid_tool_calls: invalid,
    additional_kwargs: answer.reasoning === '' ? {} : { reasoning_content: answer.reasoning },
    response_metadata: metadataOf(answer),
    ...usageOf(answer.usage),
  })
}

/**
 * @param calls how many tool calls came before this event.
 * @param asBlocks as for a whole answer.
 */
export function toChunk(event: ClientEvent, calls: number, asBlocks: boolean): AIMessageChunk {
  switch (event.type) {
    case 'text':
      return new AIMessageChunk({ content: asBlocks ? [words(event.text)] : event.text })
    case 'reasoning':
      return new AIMessageChunk({
        content: asBlocks ? [thought(event.text)] : '',
        additional_kwargs: { reasoning_content: event.text },
      })
    case 'tool_call': {
      const { id, name, arguments: args } = event.toolCall
      return new AIMessageChunk({
        content: '',
        tool_call_chunks: [{ type: 'tool_call_chunk', index: calls, id, name, args }],
      })
    }
    case 'done': {
      const { answer } = event
      return new AIMessageChunk({ content: '', response_metadata: metadataOf(answer), ...usageOf(answer.usage) })
    }
  }
}

/** Blocks of one index are joined when chunks are. */
const thought = (reasoning: string) => ({ type: 'reasoning', reasoning, index: 0 }) as const
const words = (text: string) => ({ type: 'text', text, index: 1 }) as const

/** The type is LangChain's: any provider's own members. */
function metadataOf(answer: ClientAnswer): ResponseMetadata {
  const { model, finishReason, requestId, provider, location, reason, classification, attempts, simulated } = answer
  return {
    model_provider: 'aegis',
    model_name: model,
    finish_reason: finishReason,
    request_id: requestId,
    provider,
    location,
    reason,
    classification,
    attempts,
    simulated,
    cost_usd: answer.costUsd,
  } satisfies AegisResponseMetadata
}

/** LangChain 1.4 infers `never` for a usage when TypeScript's exactOptionalPropertyTypes is on; the value is its own type. */
function usageOf(usage: Usage | undefined): { usage_metadata?: never } {
  return usage ? { usage_metadata: usageMetadataOf(usage) as never } : {}
}

function usageMetadataOf(usage: Usage): UsageMetadata {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage
  const { cacheWriteTokens, audioInputTokens, audioOutputTokens } = usage
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    input_token_details: {
      cache_read: cachedInputTokens,
      ...(cacheWriteTokens === undefined ? {} : { cache_creation: cacheWriteTokens }),
      ...(audioInputTokens === undefined ? {} : { audio: audioInputTokens }),
    },
    output_token_details: {
      reasoning: reasoningTokens,
      ...(audioOutputTokens === undefined ? {} : { audio: audioOutputTokens }),
    },
  }
}

function wireCall({ id, name, arguments: args }: LLMToolCall) {
  return { id, type: 'function', function: { name, arguments: args } }
}
