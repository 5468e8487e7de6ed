// Owns how a provider says that it turns text, pictures and sound into tokens, as data.

/** The public encodings of OpenAI's models. */
export type TokenEncoding = 'o200k_base' | 'cl100k_base' | 'o200k_harmony'

/**
 * What a picture costs, by OpenAI's two ways. A model whose documents disagree has both, and the dearer one counts.
 * Source: https://developers.openai.com/api/docs/guides/images-vision, "Calculating costs".
 */
export interface PictureRule {
  /** `base` tokens, and `tile` more for every 512 px square of the picture as it is scaled. */
  readonly tiles?: { readonly base: number; readonly tile: number }
  /** So many tokens for every 32 px square, of which there are at most 1,536. */
  readonly tokensPerPatch?: number
}

/** Absent parts are not documented, so they are bounded by their bytes or by the worst that is known. */
export interface TokenRules {
  /**
   * How messages become one prompt. `documented`: every message, the system's too, stands alone between special
   * tokens, 3 of them and 3 for the reply. `similar`: a few tokens a message as well, but what is put around the
   * system's words is not said. Absent: not known, and possibly with a system prompt of its own.
   */
  readonly template?: 'documented' | 'similar' | undefined
  readonly encoding?: TokenEncoding | undefined
  readonly picture?: PictureRule | undefined
  /** Tokens for a second of sound in the input. */
  readonly audioTokensPerSecond?: number | undefined
}

/** Counts the tokens of texts; `tokens/gpt-token-counter.ts` implements it. */
export interface TokenCounter {
  /**
   * All tokens of the texts, each text taken for itself. Exact but for what would take too long to count, which is
   * counted by its bytes; so never less than the true number, and never more than the bytes in UTF-8.
   * @example await counter.count('o200k_base', ['Say hello.']) // 3
   */
  count(encoding: TokenEncoding, texts: readonly string[]): Promise<number>
}
