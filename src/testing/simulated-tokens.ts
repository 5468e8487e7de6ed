// How the simulated upstreams count, cut and stream text: four UTF-8 bytes are one token.

const bytesPerToken = 4

/**
 * What both simulators count for one image, whatever its size.
 *
 * @example
 * const expected = simulatedTokens('What is this?') + simulatedTokensPerImage
 */
export const simulatedTokensPerImage = 85

/**
 * The number of tokens that the simulated upstreams count for one text: its UTF-8 bytes divided by four, rounded up.
 * Each message, each tool definition (as JSON) and the reply are counted separately and added up.
 *
 * @example
 * simulatedTokens('Why is the sky blue?') // 5
 */
export function simulatedTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / bytesPerToken)
}

/** The longest beginning of the text that counts at most `tokens` and does not split a character. */
export function cutToTokens(text: string, tokens: number): string {
  const bytes = Buffer.from(text, 'utf8')
  let end = Math.max(0, tokens) * bytesPerToken
  if (bytes.length <= end) return text
  while (end > 0 && isContinuation(bytes[end])) end -= 1
  return bytes.toString('utf8', 0, end)
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000
}

/** The pieces in which a model would stream the text: words with the space before them, long words in several pieces. */
export function splitIntoPieces(text: string): readonly string[] {
  return text.match(/\s*\S{1,12}|\s+$/gu) ?? []
}
