// Owns the Response object: what the request said, what came out, and what it cost.
import type { JsonObject } from '../../../domain/request-body.ts'
import type { ResponseObject } from './wire.ts'

/** What is said of a response before it has an output. */
export interface ResponseFrame {
  readonly id: string
  readonly createdAtMs: number
  readonly model: string
  readonly store: boolean
  /** The request. */
  readonly view: JsonObject
}

/** How it ended; absent while it is in progress. */
export interface ResponseEnd {
  readonly finishReason: string | null | undefined
  readonly usage: ChatUsage | null | undefined
  readonly endedAtMs: number
}

/** The usage of a chat completion. */
export interface ChatUsage {
  readonly prompt_tokens?: number
  readonly completion_tokens?: number
  readonly total_tokens?: number
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null
  readonly cost?: number
}

export function responseObject(
  { id, createdAtMs, model, store, view }: ResponseFrame,
  output: readonly object[],
  end?: ResponseEnd,
): ResponseObject {
  const cut = end && cutReason(end.finishReason)
  const text = view.text as JsonObject | null | undefined
  const reasoning = view.reasoning as JsonObject | null | undefined
  return {
    id,
    object: 'response',
    created_at: Math.floor(createdAtMs / 1000),
    status: end ? (cut ? 'incomplete' : 'completed') : 'in_progress',
    background: false,
    ...(end ? { completed_at: cut ? null : Math.floor(end.endedAtMs / 1000) } : {}),
    error: null,
    incomplete_details: cut ? { reason: cut } : null,
    instructions: view.instructions ?? null,
    max_output_tokens: view.max_output_tokens ?? null,
    model,
    output,
    parallel_tool_calls: view.parallel_tool_calls ?? true,
    previous_response_id: view.previous_response_id ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    service_tier: view.service_tier ?? 'auto',
    store,
    temperature: view.temperature ?? 1,
    text: { format: { type: 'text' }, ...text },
    tool_choice: view.tool_choice ?? 'auto',
    tools: view.tools ?? [],
    top_logprobs: view.top_logprobs ?? 0,
    top_p: view.top_p ?? 1,
    truncation: view.truncation ?? 'disabled',
    usage: usageOf(end?.usage),
    user: view.user ?? null,
    metadata: view.metadata ?? {},
  }
}

/** Of a broken stream. */
export function failedResponse(frame: ResponseFrame, output: readonly object[], message: string): ResponseObject {
  return {
    ...responseObject(frame, output),
    status: 'failed',
    error: { code: 'server_error', message },
  }
}

function cutReason(finishReason: string | null | undefined): string | undefined {
  if (finishReason === 'length') return 'max_output_tokens'
  return finishReason === 'content_filter' ? 'content_filter' : undefined
}

function usageOf(usage: ChatUsage | null | undefined): object | null {
  if (!usage) return null
  const { prompt_tokens: input = 0, completion_tokens: output = 0 } = usage
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.completion_tokens_details?.reasoning_tokens ?? 0 },
    total_tokens: usage.total_tokens ?? input + output,
    ...(usage.cost === undefined ? {} : { cost: usage.cost }),
  }
}
