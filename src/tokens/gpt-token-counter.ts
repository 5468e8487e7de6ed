// Owns the exact count of tokens in OpenAI's public encodings, from the package gpt-tokenizer, loaded when first needed.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TokenCounter, TokenEncoding } from '../domain/token-rules.ts'

/**
 * A word of more characters is counted by its bytes: the tokenizer takes time with the square of a word's length,
 * 20 KB without a space half a second. Words of language are shorter.
 */
const MAX_WORD_CHARS = 32

/** After so many characters, and before twice as many, other requests have a turn. */
const TURN_CHARS = 2 * 1024

/** Characters counted exactly in one request; what is beyond counts by its bytes. */
const MAX_EXACT_CHARS = 512 * 1024

/** Words whose tokens are remembered. They are pieces of what users wrote, so they are forgotten after each request. */
const REMEMBERED_WORDS = 10_000

interface Encoding {
  /** Splits a text into the words between which no token reaches, as the encoding itself does. */
  readonly words: RegExp
  countTokens(text: string, options: typeof PLAIN_TEXT): number
  clearMergeCache(): void
}

/** What looks like a special token is text when a user writes it; as text it has the more tokens. */
const PLAIN_TEXT = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() }

export class GptTokenCounter implements TokenCounter {
  readonly #loaded = new Map<TokenEncoding, Promise<Encoding>>()

  async count(encoding: TokenEncoding, texts: readonly string[]): Promise<number> {
    const loaded = await this.#load(encoding)
    let tokens = 0
    let exactChars = 0
    let turnChars = 0
    for (const text of texts) {
      for (const piece of piecesOf(text, loaded.words)) {
        exactChars += piece.text.length
        turnChars += piece.text.length
        const isCounted = piece.isOfShortWords && exactChars <= MAX_EXACT_CHARS
        tokens += isCounted ? loaded.countTokens(piece.text, PLAIN_TEXT) : Buffer.byteLength(piece.text)
        if (turnChars < TURN_CHARS) continue
        turnChars = 0
        await nextTurn()
      }
    }
    loaded.clearMergeCache()
    return tokens
  }

  #load(encoding: TokenEncoding): Promise<Encoding> {
    let loading = this.#loaded.get(encoding)
    if (!loading) {
      loading = load(encoding)
      this.#loaded.set(encoding, loading)
    }
    return loading
  }
}

interface Piece {
  readonly text: string
  readonly isOfShortWords: boolean
}

/** A text in whole words: runs of short ones up to a turn's length, and each long one for itself. */
function* piecesOf(text: string, words: RegExp): Generator<Piece> {
  let start = 0
  let end = 0
  for (const { 0: word, index } of text.matchAll(words)) {
    if (word.length > MAX_WORD_CHARS) {
      if (index > start) yield { text: text.slice(start, index), isOfShortWords: true }
      yield { text: word, isOfShortWords: false }
      start = index + word.length
    } else if (index + word.length - start > TURN_CHARS) {
      yield { text: text.slice(start, index), isOfShortWords: true }
      start = index
    }
    end = index + word.length
  }
  if (end > start) yield { text: text.slice(start, end), isOfShortWords: true }
}

/** Only the encoding that is asked for; the two newer ones share their ranks. */
async function load(encoding: TokenEncoding): Promise<Encoding> {
  const { CL100K_TOKEN_SPLIT_REGEX, O200K_TOKEN_SPLIT_REGEX } = await import('gpt-tokenizer/encodingParams/constants')
  const words = encoding === 'cl100k_base' ? CL100K_TOKEN_SPLIT_REGEX : O200K_TOKEN_SPLIT_REGEX
  const { countTokens, setMergeCacheSize, clearMergeCache } = await module(encoding)
  setMergeCacheSize(REMEMBERED_WORDS)
  return { words, countTokens, clearMergeCache }
}

function module(encoding: TokenEncoding) {
  switch (encoding) {
    case 'cl100k_base':
      return import('gpt-tokenizer/encoding/cl100k_base')
    case 'o200k_base':
      return import('gpt-tokenizer/encoding/o200k_base')
    case 'o200k_harmony':
      return import('gpt-tokenizer/encoding/o200k_harmony')
  }
}
