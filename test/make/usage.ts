// Owns the making of usages in tests.
import type { Usage } from '../../src/domain/usage.ts'

export function usage(inputTokens: number, outputTokens: number, cachedInputTokens = 0): Usage {
  return { inputTokens, outputTokens, cachedInputTokens, reasoningTokens: 0 }
}
