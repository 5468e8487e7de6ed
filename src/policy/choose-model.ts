// Owns which of its models a provider is asked for when nobody named one.
import type { ProviderRef, ProviderRole } from '../domain/provider-ref.ts'
import type { AllowedCandidates, TaskHints } from '../domain/task.ts'
import type { ExcludedCandidate } from './exclusion.ts'
import { unfitness } from './fitness.ts'
import { keyAllows } from './key-allows.ts'
import type { ModelCatalogue } from './model-catalogue.ts'
import type { RequestNeeds } from './request-needs.ts'

export interface ChosenModel {
  readonly model: string
  /** The caller, a hint or a rule named it. */
  readonly isNamed: boolean
  /** Why it cannot serve the request, as far as that is known. */
  readonly unfit: ExcludedCandidate | undefined
  /** Models of the provider that would have come before it and cannot serve the request. */
  readonly passedOver: readonly ExcludedCandidate[]
}

/**
 * The hint for a provider of that role, else the provider's first model that the key allows and that can serve the
 * request, else its first.
 */
export function chooseModel(
  provider: ProviderRef,
  hints: TaskHints,
  needs: RequestNeeds,
  catalogue: ModelCatalogue,
  allowed?: AllowedCandidates,
): ChosenModel {
  const hinted = modelOfRole(provider.role, hints)
  if (hinted !== undefined) return namedModel(provider, hinted, needs, catalogue)
  let passedOver: ExcludedCandidate[] | undefined
  for (const model of provider.models) {
    if (allowed !== undefined && !keyAllows(allowed, provider.name, model)) continue
    const unfit = unfitness({ provider, model, isNamed: false }, needs, catalogue)
    if (!unfit) return { model, isNamed: false, unfit, passedOver: passedOver ?? none }
    passedOver ??= []
    passedOver.push(unfit)
  }
  // None can; the first one stands for the provider and is excluded in its turn.
  const [unfit, ...others] = passedOver ?? none
  return { model: provider.models[0] ?? '', isNamed: false, unfit, passedOver: others }
}

/** A model that somebody named, whether it can serve the request or not. */
export function namedModel(
  provider: ProviderRef,
  model: string,
  needs: RequestNeeds,
  catalogue: ModelCatalogue,
): ChosenModel {
  const unfit = unfitness({ provider, model, isNamed: true }, needs, catalogue)
  return { model, isNamed: true, unfit, passedOver: none }
}

const none: readonly ExcludedCandidate[] = []

function modelOfRole(role: ProviderRole, hints: TaskHints): string | undefined {
  switch (role) {
    case 'local':
      return hints.modelLocal
    case 'cloud':
      return hints.modelCloud
    case 'openai':
      return hints.modelOpenai
  }
}
