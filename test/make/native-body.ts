// Owns the making of chat bodies that came in Anthropic's wire: the canonical request, and the caller's bytes beside it.
import { AnthropicBody } from '../../src/domain/anthropic-body.ts'
import { ChatBody, type JsonObject } from '../../src/domain/chat-body.ts'
import { scanMembers } from '../../src/domain/json-members.ts'
import { chatBody } from './chat-body.ts'

/**
 * @param canonical what the canonical request adds to `chatBody()`.
 * @example nativeBody({ speed: 'fast' }).native?.view.speed // 'fast'
 */
export function nativeBody(native: object = {}, canonical: object = {}, betas: readonly string[] = []): ChatBody {
  const view = { model: 'claude-haiku-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hi.' }], ...native }
  const bytes = Buffer.from(JSON.stringify(view))
  const headers = { version: undefined, betas }
  const body = new AnthropicBody(bytes, view as JsonObject, scanMembers(bytes).members, headers)
  const { bytes: canonicalBytes, view: canonicalView, members } = chatBody(canonical)
  return new ChatBody(canonicalBytes, canonicalView, members, body)
}
