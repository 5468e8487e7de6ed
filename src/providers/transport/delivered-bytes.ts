// Owns a cheap count of the text that passed in a stream, for answers that are left before their usage comes.

/**
 * `text` and `thinking` stand in content that is a list of parts, as Mistral streams it; `name` and `input` in calls of
 * tools; `data` and `transcript` in sound, whose base64 has thousands of bytes for a token, and in sealed reasoning.
 */
const OPENAI_MEMBERS = [
  '"content"',
  '"arguments"',
  '"reasoning_content"',
  '"reasoning"',
  '"refusal"',
  '"text"',
  '"name"',
  '"thinking"',
  '"input"',
  '"data"',
  '"transcript"',
] as const

/** The same in Anthropic's events. */
export const ANTHROPIC_MEMBERS = ['"text"', '"thinking"', '"partial_json"', '"name"', '"data"', '"content"'] as const

/** The same in the events of a response, which repeat at its end what their deltas said. */
export const RESPONSE_MEMBERS = ['"delta"', '"name"', '"encrypted_content"'] as const

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const SPACE = 0x20

/**
 * Bytes of generated text in a buffer of chunk events. A byte-level tokenizer makes at most one token of a byte, so
 * this is never less than the tokens delivered.
 */
export function deliveredBytes(events: Buffer, members: readonly string[] = OPENAI_MEMBERS): number {
  let total = 0
  for (const member of members) {
    for (let at = events.indexOf(member); at >= 0; at = events.indexOf(member, at + member.length)) {
      total += stringBytesAfter(events, at + member.length)
    }
  }
  return total
}

/** The length of the JSON string that follows a colon at `at`; 0 when something else does. */
function stringBytesAfter(bytes: Buffer, at: number): number {
  let start = at
  while (bytes[start] === SPACE || bytes[start] === COLON) start += 1
  if (bytes[start] !== QUOTE) return 0
  start += 1
  for (let end = bytes.indexOf(QUOTE, start); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let escapes = 0
    while (bytes[end - 1 - escapes] === BACKSLASH) escapes += 1
    if (escapes % 2 === 0) return end - start
  }
  return bytes.length - start
}
