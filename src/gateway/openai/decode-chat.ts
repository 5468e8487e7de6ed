// Owns the step from the bytes of a chat completion request to a Task. Decoded once, kept raw beside.
import { ChatBody } from '../../domain/chat-body.ts'
import { checkChat } from '../../domain/check-chat.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import type { Task } from '../../domain/task.ts'
import { readModel } from '../../policy/model-choice.ts'
import type { Exchange } from '../exchange.ts'
import { parseJsonObject } from '../parse-json.ts'
import { readHints } from '../read-hints.ts'

/** OpenAI's and Anthropic's clients, which try again by themselves, say with it how often they did: openai-node, client.ts. */
const RETRY_COUNT = 'x-stainless-retry-count'

export interface ChatContext {
  readonly requestId: string
  readonly receivedAtMs: number
  /** The route that was called, with its `/v1`. */
  readonly endpoint: string
  readonly timeoutMs: number
  readonly rawHeaders: readonly string[]
  readonly keyId: string | undefined
  readonly retriesItself: boolean
  readonly providers: readonly ProviderRef[]
}

export function chatContext({ request, requestId, receivedAtMs, path, caller, deps }: Exchange): ChatContext {
  const { timeoutMs, proxy } = deps
  return {
    requestId,
    receivedAtMs,
    endpoint: path.startsWith('/v1/') || path.startsWith('/api/') ? path : `/v1${path}`,
    timeoutMs,
    rawHeaders: request.rawHeaders,
    keyId: caller.id,
    retriesItself: request.header(RETRY_COUNT) !== undefined,
    providers: proxy.policy.providers,
  }
}

/** @throws AegisError `invalid_request` or `unknown_model` */
export function decodeChat(bytes: Buffer, context: ChatContext): Task {
  const { view, members } = parseJsonObject(bytes)
  checkChat(view)
  const hints = readHints(view.aegis, context.rawHeaders)
  return {
    id: context.requestId,
    receivedAtMs: context.receivedAtMs,
    endpoint: context.endpoint,
    timeoutMs: context.timeoutMs,
    model: readModel(view.model, context.providers),
    hints,
    body: new ChatBody(bytes, view, members),
    keyId: context.keyId,
    retriesItself: context.retriesItself,
    user: typeof view.user === 'string' ? view.user.slice(0, 256) : undefined,
  }
}
