// Owns the routes that take data: each is a line here, and every row of the egress table that concerns routes runs on it.
import type { JsonObject } from '../../src/testing/index.ts'

export interface DataRoute {
  readonly path: string
  /** A request with this text, for a cloud model by name. */
  readonly body: (text: string, more?: JsonObject) => JsonObject
  /** Also answers as a stream when its body says `stream: true`. */
  readonly streams: boolean
  /** Where its dialect puts many texts into one request; undefined where it has none. */
  readonly batch?: (texts: readonly string[]) => JsonObject
}

const chat = (text: string, more: JsonObject = {}): JsonObject => ({
  model: 'openai/gpt-4o',
  messages: [{ role: 'user', content: text }],
  ...more,
})
const many = (texts: readonly string[]): JsonObject =>
  chat('Answer each.', { messages: texts.map((content) => ({ role: 'user', content })) })
const embedding = (input: string | readonly string[], more: JsonObject = {}): JsonObject => ({
  model: 'text-embedding-3-small',
  input,
  ...more,
})

export const dataRoutes: readonly DataRoute[] = [
  { path: '/v1/chat/completions', body: chat, streams: true, batch: many },
  { path: '/chat/completions', body: chat, streams: true, batch: many },
  { path: '/v1/embeddings', body: embedding, streams: false, batch: embedding },
  { path: '/embeddings', body: embedding, streams: false, batch: embedding },
  { path: '/api/chat', body: (text, more) => chat(text, { stream: false, ...more }), streams: true, batch: many },
]
