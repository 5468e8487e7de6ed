// Owns what a key holds back: which candidates it allows, and the highest level of data that it may send.
import {
  compareClassifications,
  type DataClassification,
  type EffectiveClassification,
} from '../domain/data-classification.ts'
import { AegisError } from '../domain/errors.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { AllowedCandidates, Task } from '../domain/task.ts'

/** @example keyAllows({ models: ['gpt-4o-mini', 'ollama/llama3.2'], providers: undefined }, 'openai', 'gpt-4o-mini') */
export function keyAllows({ models, providers }: AllowedCandidates, provider: string, model: string): boolean {
  if (providers !== undefined && !providers.includes(provider)) return false
  if (models === undefined) return true
  return models.includes(model) || models.includes(`${provider}/${model}`) || models.includes(`${provider}:${model}`)
}

/** @throws AegisError `key_not_allowed` when the task names a model that its key may not use: no other one is a stand-in. */
export function assertModelAllowed({ model, allowed }: Task, providers: readonly ProviderRef[]): void {
  if (allowed === undefined || model.by === 'policy' || model.by === 'tier') return
  const isAllowed =
    model.by === 'provider'
      ? keyAllows(allowed, model.provider, model.model)
      : providers.some(({ name, models }) => models.includes(model.model) && keyAllows(allowed, name, model.model))
  if (isAllowed) return
  throw new AegisError('key_not_allowed', 'This key may not use this model. GET /v1/models lists what it may use.', {
    param: 'model',
  })
}

/** @throws AegisError `key_not_allowed` when the data is above what the key may send. What could not be read may be anything. */
export function assertBelowCeiling(
  { level, undecidable }: EffectiveClassification,
  ceiling: DataClassification | undefined,
): void {
  if (ceiling === undefined) return
  const above = compareClassifications(level, ceiling) > 0
  if (!above && !(undecidable && ceiling !== 'hipaa')) return
  const what = above ? `${level} data` : 'data that cannot be read'
  throw new AegisError('key_not_allowed', `This key may send data up to ${ceiling}, and this is ${what}.`, {
    extra: { classification: level, ceiling },
  })
}
