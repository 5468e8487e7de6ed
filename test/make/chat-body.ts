// Owns the making of chat bodies in tests: parsed and scanned as the gateway does it.
import { ChatBody, type JsonObject } from '../../src/domain/chat-body.ts'
import { scanMembers } from '../../src/domain/json-members.ts'

/** From JSON text, kept byte for byte. */
export function chatBodyOfText(text: string): ChatBody {
  const bytes = Buffer.from(text)
  return new ChatBody(bytes, JSON.parse(text) as JsonObject, scanMembers(bytes).members)
}

/**
 * A chat request with one user message, and what `more` adds or replaces.
 * @example chatBody({ stream: true, max_tokens: 10 })
 */
export function chatBody(more: object = {}): ChatBody {
  return chatBodyOfText(JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Say hello.' }], ...more }))
}
