// Owns the step from the bytes of a Messages request to a Task: the canonical request, and the caller's bytes beside it.
import { AnthropicBody, type AnthropicHeaders } from '../../domain/anthropic-body.ts'
import { ChatBody } from '../../domain/chat-body.ts'
import { scanMembers } from '../../domain/json-members.ts'
import type { Task } from '../../domain/task.ts'
import { readModel } from '../../policy/model-choice.ts'
import type { ChatContext } from '../openai/decode-chat.ts'
import { parseJsonObject } from '../parse-json.ts'
import { readHints } from '../read-hints.ts'
import { canonicalChat } from './canonical-chat.ts'
import { checkMessagesRequest } from './check-messages.ts'
import { asObject, wrong } from './json-reading.ts'

/** @throws AegisError `invalid_request` or `unknown_model` */
export function decodeMessages(bytes: Buffer, context: ChatContext, needsCap = true): Task {
  const { view, members } = parseJsonObject(bytes)
  checkMessagesRequest(view, needsCap)
  const headers = readHeaders(context.rawHeaders)
  const chat = canonicalChat(view)
  const canonical = Buffer.from(JSON.stringify(chat))
  const user = asObject(view.metadata).user_id
  const native = new AnthropicBody(bytes, view, members, headers)
  return {
    id: context.requestId,
    receivedAtMs: context.receivedAtMs,
    endpoint: context.endpoint,
    timeoutMs: context.timeoutMs,
    model: readModel(view.model, context.providers),
    hints: readHints(view.aegis, context.rawHeaders),
    body: new ChatBody(canonical, chat, scanMembers(canonical).members, native),
    keyId: context.keyId,
    retriesItself: context.retriesItself,
    user: typeof user === 'string' ? user.slice(0, 256) : undefined,
  }
}

const VERSION = /^\d{4}-\d{2}-\d{2}$/
const BETA = /^[A-Za-z0-9._-]{1,100}$/
const MOST_BETAS = 32

/** @throws AegisError `invalid_request` for what cannot be a version or a list of names. */
function readHeaders(rawHeaders: readonly string[]): AnthropicHeaders {
  let version: string | undefined
  const betas: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase()
    const value = rawHeaders[index + 1]?.trim() ?? ''
    if (name === 'anthropic-version' && value !== '') {
      if (!VERSION.test(value)) throw wrong('anthropic-version', 'must be a date such as 2023-06-01')
      version = value
    } else if (name === 'anthropic-beta') {
      betas.push(...value.split(',').map((one) => one.trim()))
    }
  }
  const named = [...new Set(betas.filter((one) => one !== ''))]
  if (named.length > MOST_BETAS || !named.every((one) => BETA.test(one)))
    throw wrong('anthropic-beta', `must be at most ${MOST_BETAS} names of beta features, with commas between them`)
  return { version, betas: named }
}
