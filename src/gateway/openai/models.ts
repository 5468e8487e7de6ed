// Owns GET /v1/models: every configured model under its own name and under provider/model, and the automatic ones.
import { AegisError } from '../../domain/errors.ts'
import { keyAllows } from '../../policy/key-allows.ts'
import { allowedOf } from '../callers-task.ts'
import { type Exchange, sendJson } from '../exchange.ts'

interface ModelObject {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
}

export function listModels(exchange: Exchange): void {
  const compat = exchange.deps.compat === 'any_llm'
  sendJson(exchange, 200, { object: 'list', data: compat ? pricedModels(exchange) : modelObjects(exchange) })
}

/** The id stands in the path and may hold slashes. */
export function getModel(exchange: Exchange): void {
  const id = decoded(exchange.path.replace(/^(\/v1)?\/models\//, ''))
  const found = [...modelObjects(exchange), ...pricedModels(exchange)].find((model) => model.id === id)
  if (!found)
    throw new AegisError('unknown_model', 'No configured provider has this model. GET /v1/models lists them.', {
      param: 'model',
    })
  sendJson(exchange, 200, found)
}

/** `undefined` for a `%` that encodes nothing. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function modelObjects(exchange: Exchange): ModelObject[] {
  const created = 0
  const models = new Map<string, ModelObject>()
  const allowed = allowedOf(exchange.caller)
  for (const id of ['auto', 'auto:local', 'auto:cloud'])
    models.set(id, { id, object: 'model', created, owned_by: 'aegis' })
  for (const provider of exchange.deps.proxy.policy.providers) {
    if (provider.closedBecause !== undefined) continue
    for (const model of provider.models) {
      if (allowed !== undefined && !keyAllows(allowed, provider.name, model)) continue
      if (!models.has(model)) models.set(model, { id: model, object: 'model', created, owned_by: provider.name })
      const id = `${provider.name}/${model}`
      models.set(id, { id, object: 'model', created, owned_by: provider.name })
    }
  }
  return [...models.values()]
}

/** As the any-llm gateway lists them: `provider:model` of every model whose price is known, sorted. */
function pricedModels({ caller, deps }: Exchange): ModelObject[] {
  const { policy, priceBook } = deps.proxy
  const allowed = allowedOf(caller)
  return policy.providers
    .filter(({ closedBecause }) => closedBecause === undefined)
    .flatMap((provider) =>
      provider.models
        .filter((model) => allowed === undefined || keyAllows(allowed, provider.name, model))
        .filter((model) => priceBook.price(provider, model).state !== 'unknown')
        .map((model) => ({
          ...{ id: `${provider.name}:${model}`, object: 'model' as const },
          ...{ created: 0, owned_by: provider.name },
        })),
    )
    .sort((left, right) => (left.id < right.id ? -1 : 1))
}
