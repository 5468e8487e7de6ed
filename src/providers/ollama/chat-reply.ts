// Owns the translation of Ollama's answers into OpenAI's chat completion and its chunks.
import { isTokenCount, type Usage } from '../../domain/usage.ts'

/** One object of /api/chat, whole or a line of the stream, read leniently. */
export interface OllamaReply {
  readonly model?: unknown
  readonly created_at?: unknown
  readonly message?: {
    readonly content?: unknown
    readonly thinking?: unknown
    readonly tool_calls?: unknown
  } | null
  readonly done?: unknown
  readonly done_reason?: unknown
  readonly prompt_eval_count?: unknown
  readonly eval_count?: unknown
  readonly logprobs?: unknown
  readonly remote_host?: unknown
  readonly remote_model?: unknown
  readonly error?: unknown
}

/** What all chunks of an answer share. */
export interface AnswerIdentity {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly simulated: boolean
}

export interface ToolCall {
  readonly index: number
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

/** The counts of a finished answer; `undefined` when it has none. Ollama leaves out a count that is 0. */
export function usageOf(reply: OllamaReply): Usage | undefined {
  const input = tokenCount(reply.prompt_eval_count)
  const output = tokenCount(reply.eval_count)
  if (input === undefined && output === undefined) return undefined
  return { inputTokens: input ?? 0, outputTokens: output ?? 0, cachedInputTokens: 0, reasoningTokens: 0 }
}

function tokenCount(value: unknown): number | undefined {
  return isTokenCount(value) ? value : undefined
}

/**
 * Whether the prompt was cut: a server that does not know `truncate: false` fills the window with what is left of the
 * prompt, to the last token or the one before. Only asked where the window was not certain to hold the prompt.
 */
export function wasCut(reply: OllamaReply, uncertainWindow: number | undefined): boolean {
  const read = tokenCount(reply.prompt_eval_count)
  return uncertainWindow !== undefined && read !== undefined && read >= uncertainWindow - 1
}

/** OpenAI's usage object. */
export function usageObject(usage: Usage): object {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
  }
}

/** Whether the answer says that a remote host gave it: this server only forwarded the request. */
export function namesRemoteHost(reply: OllamaReply): boolean {
  return isNonEmpty(reply.remote_host) || isNonEmpty(reply.remote_model)
}

function isNonEmpty(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

/**
 * Tool calls with ids and with indices that go on from `firstIndex`. The last 20 characters of a request id are its counter
 * and its process, so no two requests have an id in common.
 */
export function toolCallsOf(reply: OllamaReply, identity: AnswerIdentity, firstIndex: number): ToolCall[] {
  const calls = reply.message?.tool_calls
  if (!Array.isArray(calls)) return []
  return calls.map((call: unknown, offset) => {
    const { id, function: called } = (call ?? {}) as {
      id?: unknown
      function?: { name?: unknown; arguments?: unknown }
    }
    const index = firstIndex + offset
    const given = called?.arguments
    return {
      index,
      id: typeof id === 'string' && id !== '' ? id : `call_${identity.id.slice(-20)}_${index}`,
      type: 'function',
      function: {
        name: typeof called?.name === 'string' ? called.name : '',
        arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}),
      },
    }
  })
}

/** OpenAI's finish reason. */
export function finishReason(reply: OllamaReply, calledTools: boolean): 'stop' | 'length' | 'tool_calls' {
  if (reply.done_reason === 'length') return 'length'
  return calledTools ? 'tool_calls' : 'stop'
}

/** A whole answer as an OpenAI chat completion. */
export function chatCompletion(reply: OllamaReply, identity: AnswerIdentity): object {
  const calls = toolCallsOf(reply, identity, 0).map(({ index: _, ...call }) => call)
  const content = typeof reply.message?.content === 'string' ? reply.message.content : ''
  const thought = reply.message?.thinking
  const usage = usageOf(reply)
  return {
    id: identity.id,
    object: 'chat.completion',
    created: identity.created,
    model: identity.model,
    ...(identity.simulated ? { system_fingerprint: 'simulated' } : {}),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && calls.length > 0 ? null : content,
          ...(typeof thought === 'string' && thought !== '' ? { reasoning_content: thought } : {}),
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
        ...(Array.isArray(reply.logprobs) ? { logprobs: { content: reply.logprobs } } : {}),
        finish_reason: finishReason(reply, calls.length > 0),
      },
    ],
    ...(usage ? { usage: usageObject(usage) } : {}),
  }
}

/** One chunk of a stream. */
export function chunkObject(
  identity: AnswerIdentity,
  delta: object,
  finish: string | null,
  logprobs?: unknown,
): object {
  return {
    id: identity.id,
    object: 'chat.completion.chunk',
    created: identity.created,
    model: identity.model,
    ...(identity.simulated ? { system_fingerprint: 'simulated' } : {}),
    choices: [
      {
        index: 0,
        delta,
        ...(Array.isArray(logprobs) ? { logprobs: { content: logprobs } } : {}),
        finish_reason: finish,
      },
    ],
  }
}

/** The closing chunk of a stream whose caller asked for its usage. */
export function usageChunk(identity: AnswerIdentity, usage: Usage): object {
  return { ...chunkObject(identity, {}, null), choices: [], usage: usageObject(usage) }
}
