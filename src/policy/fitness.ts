// Owns whether a model can serve a request at all, as far as that is known.
import type { ModelCapability } from '../domain/model-facts.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { ExcludedCandidate } from './exclusion.ts'
import type { ModelCatalogue } from './model-catalogue.ts'
import type { RequestNeeds } from './request-needs.ts'

const lacks: Readonly<Record<ModelCapability, string>> = {
  chat: 'does not chat',
  tools: 'calls no tools',
  vision: 'takes no images',
  audio: 'takes no audio',
  embeddings: 'does not embed',
}

export interface JudgedModel {
  readonly provider: ProviderRef
  readonly model: string
  /** The caller, a hint or a rule named it. */
  readonly isNamed: boolean
}

/**
 * Why the model is left out, or undefined. What is not known of it is allowed; but a model that nobody named is taken for
 * an embedding only when it is known to embed.
 */
export function unfitness(
  { provider, model, isNamed }: JudgedModel,
  needs: RequestNeeds,
  catalogue: ModelCatalogue,
): ExcludedCandidate | undefined {
  const { capabilities = {}, contextTokens } = catalogue.facts(provider, model)
  const candidate = { provider: provider.name, model }
  for (const one of needs.capabilities) {
    const must = one === 'embeddings' && !isNamed
    if (capabilities[one] === false || (must && capabilities[one] === undefined))
      return { ...candidate, cause: 'lacks_capability', detail: lacks[one] }
  }
  const over = contextTokens === undefined ? undefined : needs.tokensOver(contextTokens)
  if (over === undefined || contextTokens === undefined) return undefined
  const detail = `reads ${contextTokens} tokens at the most, and the prompt has at least ${over}`
  return { ...candidate, cause: 'context_too_small', detail, context_tokens: contextTokens, prompt_tokens: over }
}
