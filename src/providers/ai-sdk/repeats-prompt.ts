// Owns the question whether a provider's words quote the request, as validators like to do.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'

/** A shared run of this many characters is no accident. */
const RUN = 16
/** Above this size the search would hold up others: the provider's words are not passed on then. */
const MAX_BODY_BYTES = 1024 * 1024

/**
 * Whether `words` repeat a run of the messages', tools' or inputs' text: true for every run of 24 characters and more, and never
 * for one of under 16. Member names and the model's name are not text.
 */
export function repeatsPrompt(words: string, body: { readonly bytes: Buffer; readonly view: JsonObject }): boolean {
  if (body.bytes.length > MAX_BODY_BYTES) return true
  const texts: string[] = []
  collectTexts(body.view.messages, texts)
  collectTexts(body.view.tools, texts)
  collectTexts(body.view.response_format, texts)
  collectTexts(body.view.input, texts)
  const prompt = texts.join('\n')
  if (words.length < RUN) return false
  for (let at = 0; at + RUN <= words.length; at += RUN / 2) if (prompt.includes(words.slice(at, at + RUN))) return true
  return false
}

function collectTexts(value: JsonValue | undefined, texts: string[]): void {
  if (typeof value === 'string') texts.push(value)
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) collectTexts(one, texts)
}
