// Owns the reading of a model's name: who is asked for, by the configuration's own names.
import type { JsonValue } from '../domain/chat-body.ts'
import { AegisError } from '../domain/errors.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { ModelChoice } from '../domain/task.ts'

/**
 * What the member `model` asks for: `auto`, `auto:local`, `auto:cloud`, a configured model's bare name, or
 * `provider/model` and `provider:model`. A bare name wins, because `llama3.2:8b` is a model and not a provider.
 * @throws AegisError `unknown_model` when nothing configured fits.
 */
export function readModel(value: JsonValue | undefined, providers: readonly ProviderRef[]): ModelChoice {
  if (value === undefined) return { by: 'policy' }
  if (typeof value !== 'string' || value === '') {
    throw new AegisError('invalid_request', 'model must be a text: "auto", a configured model, or provider/model.', {
      param: 'model',
    })
  }
  const name = value.startsWith('aegis/') ? value.slice('aegis/'.length) : value
  if (name === 'auto') return { by: 'policy' }
  if (name === 'auto:local') return { by: 'tier', tier: 'local' }
  if (name === 'auto:cloud') return { by: 'tier', tier: 'cloud' }
  if (providers.some((provider) => provider.models.includes(value))) return { by: 'model', model: value }
  const separator = value.search(/[/:]/)
  const prefix = separator < 0 ? undefined : value.slice(0, separator)
  const provider = providers.find((one) => one.name === prefix)
  if (provider && separator + 1 < value.length)
    return { by: 'provider', provider: provider.name, model: value.slice(separator + 1) }
  const known = providers.flatMap(({ name: owner, models }) => models.map((model) => `${owner}/${model}`))
  throw new AegisError(
    'unknown_model',
    `No configured provider has this model. Ask for "auto", or one of ${known.slice(0, 12).join(', ')}.`,
    { param: 'model' },
  )
}
