// Owns Ollama's reply objects, made from OpenAI's completion and chunks.
import type { Usage } from '../../domain/usage.ts'

/** The part of OpenAI's completion and chunks that is read here. */
export interface WireToolCall {
  readonly index?: number
  readonly id?: string
  readonly function?: { readonly name?: string; readonly arguments?: string }
}

export interface WireMessage {
  readonly content?: string | null
  readonly reasoning_content?: string | null
  readonly reasoning?: string | null
  readonly tool_calls?: readonly WireToolCall[]
}

export interface WireChoice {
  readonly index?: number
  readonly message?: WireMessage
  readonly delta?: WireMessage
  readonly logprobs?: { readonly content?: readonly object[] | null } | null
  readonly finish_reason?: string | null
}

export interface ReplyFrame {
  readonly model: string
  readonly createdAtMs: number
}

/** A line of the stream, or the whole reply without what `doneMembers` adds. */
export type ReplyObject = (frame: ReplyFrame, message: WireMessage, calls: readonly WireToolCall[]) => object

/** Of /api/chat. */
export const chatObject: ReplyObject = (frame, message, calls) => ({
  ...frameMembers(frame),
  message: {
    role: 'assistant',
    content: message.content ?? '',
    ...thinkingOf(message),
    ...(calls.length > 0 ? { tool_calls: calls.map(toolCall) } : {}),
  },
})

/** Of /api/generate. */
export const generateObject: ReplyObject = (frame, message) => ({
  ...frameMembers(frame),
  response: message.content ?? '',
  ...thinkingOf(message),
})

/** The probabilities of the tokens, where they were asked for: both wires have them alike. */
export function logprobsOf(choice: WireChoice | undefined): object {
  const content = choice?.logprobs?.content
  return content && content.length > 0 ? { logprobs: content } : {}
}

function frameMembers({ model, createdAtMs }: ReplyFrame): object {
  return { model, created_at: new Date(createdAtMs).toISOString() }
}

function thinkingOf(message: WireMessage): object {
  const thought = message.reasoning_content ?? message.reasoning
  return thought ? { thinking: thought } : {}
}

/** What stands in the last object. Durations are nanoseconds. */
export function doneMembers(
  finishReason: string | null | undefined,
  usage: Usage | undefined,
  elapsedMs: number,
): object {
  return {
    done: true,
    done_reason: finishReason === 'length' ? 'length' : 'stop',
    total_duration: Math.round(elapsedMs * 1_000_000),
    load_duration: 0,
    ...(usage ? { prompt_eval_count: usage.inputTokens, eval_count: usage.outputTokens } : {}),
  }
}

function toolCall(call: WireToolCall, place: number): object {
  return {
    ...(call.id ? { id: call.id } : {}),
    function: { index: call.index ?? place, name: call.function?.name ?? '', arguments: parsedArguments(call) },
  }
}

/** Arguments are JSON text with OpenAI and an object here; text that is not JSON is kept as it is. */
function parsedArguments(call: WireToolCall): unknown {
  const text = call.function?.arguments ?? ''
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return { arguments: text }
  }
}
