// Owns the context window asked of Ollama, which otherwise cuts a prompt to its default without a word.

/** Ollama's own smallest useful default; see https://docs.ollama.com/context-length. */
const SMALLEST_WINDOW = 4096

/** Room for the answer when the caller set no cap. */
const DEFAULT_ANSWER_TOKENS = 1024

/** Prose and code have three to five bytes a token; two is safely below what real text reaches. */
const BYTES_PER_TOKEN = 2

export interface ContextNeed {
  /** UTF-8 bytes of all text of the prompt, tools included. */
  readonly promptBytes: number
  readonly images: number
  readonly outputTokenCap: number | undefined
}

/** Tokens of one image in the vision models that Ollama serves: 256 to 2,880, by model. */
const IMAGE_TOKENS = 3000

/**
 * The window for one request: the smallest power of two from 4,096 that holds the prompt and the answer, at most
 * `largest`. Powers of two, because Ollama loads the model anew whenever the number changes.
 */
export function contextWindow(need: ContextNeed, largest: number): number {
  const prompt = Math.ceil(need.promptBytes / BYTES_PER_TOKEN) + need.images * IMAGE_TOKENS
  const wanted = prompt + (need.outputTokenCap ?? DEFAULT_ANSWER_TOKENS)
  let window = SMALLEST_WINDOW
  while (window < wanted && window < largest) window *= 2
  return Math.min(window, largest)
}
