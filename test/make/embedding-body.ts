// Owns the making of embedding bodies in tests: parsed and scanned as the gateway does it.
import type { JsonObject } from '../../src/domain/chat-body.ts'
import { EmbeddingBody } from '../../src/domain/embedding-body.ts'
import { scanMembers } from '../../src/domain/json-members.ts'

/** From JSON text, kept byte for byte. */
export function embeddingBodyOfText(text: string): EmbeddingBody {
  const bytes = Buffer.from(text)
  return new EmbeddingBody(bytes, JSON.parse(text) as JsonObject, scanMembers(bytes).members)
}

/** A request for the vector of one text, and what `more` adds or replaces. @example embeddingBody({ dimensions: 8 }) */
export function embeddingBody(more: object = {}): EmbeddingBody {
  return embeddingBodyOfText(JSON.stringify({ model: 'auto', input: 'A text.', ...more }))
}
