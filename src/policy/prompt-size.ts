// Owns the cheap count of a prompt: whether it surely fits into a window, surely does not, or must be tried.
import type { JsonValue } from '../domain/chat-body.ts'

/** No usual text has more bytes of words to a token on average; prose has four to five. */
const MOST_BYTES_PER_TOKEN = 8

const SPACE = 0x20
const ASCII_END = 0x80

/**
 * The fewest tokens that a text can have: one for each word, since the tokenizers in use do not join words across a space,
 * and one for every eight bytes of words, for scripts that do not write spaces. A letter that repeats counts once: lines of
 * dashes are single tokens. For prose this is about three quarters of the true count.
 * @example leastTokens('one two three') // 3
 */
export function leastTokens(text: string): number {
  let words = 0
  let wordBytes = 0
  let inside = false
  let previous = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit <= SPACE) {
      inside = false
      continue
    }
    if (!inside) words += 1
    inside = true
    // A unit of UTF-16 is two bytes of UTF-8 at least where it is not ASCII.
    if (unit !== previous) wordBytes += unit < ASCII_END ? 1 : 2
    previous = unit
  }
  return Math.max(words, Math.floor(wordBytes / MOST_BYTES_PER_TOKEN))
}

/** The fewest tokens of all texts of a value: a list of messages, of tools, of inputs. Images and sounds count nothing. */
export function leastTokensOf(value: JsonValue | undefined): number {
  if (typeof value === 'string') return leastTokens(value)
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + leastTokensOf(one), 0)
  let sum = 0
  for (const [key, one] of Object.entries(value)) if (!isMedia(key)) sum += leastTokensOf(one)
  return sum
}

function isMedia(key: string): boolean {
  return key === 'image_url' || key === 'input_audio' || key === 'file'
}
