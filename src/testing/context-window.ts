// How much of a prompt a model with a limited context reads: the oldest messages go first, as Ollama drops them.

/** A message, or the tool definitions. */
export interface PromptPart {
  readonly tokens: number
  /** System messages, tool definitions and the last message are never dropped. */
  readonly kept: boolean
}

export function totalTokens(parts: readonly PromptPart[]): number {
  return parts.reduce((sum, part) => sum + part.tokens, 0)
}

/** The tokens left after dropping what does not fit; what may not be dropped is cut to the context. */
export function tokensRead(parts: readonly PromptPart[], contextTokens: number): number {
  let tokens = totalTokens(parts)
  for (const part of parts) {
    if (tokens <= contextTokens) break
    if (!part.kept) tokens -= part.tokens
  }
  return Math.min(tokens, contextTokens)
}
