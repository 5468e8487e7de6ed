// Owns what is known of each model, from best to least: the configuration, the provider's listing, the price list, its name.
import { factsOfName, type ModelCapability, type ModelFacts, mergeFacts, nothingKnown } from '../domain/model-facts.ts'
import { locationOf } from '../domain/model-location.ts'
import type { PriceList } from '../domain/price.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'

export interface ModelCatalogue {
  facts(provider: ProviderRef, model: string): ModelFacts
}

/** What the configuration says of a provider's models. */
export interface CataloguedProvider {
  readonly name: string
  readonly stated: Readonly<Record<string, ModelFacts>>
  /** The largest context window that is asked of it, where that is ours to say. */
  readonly mostContextTokens: number | undefined
  /** What none of its models can do, because its wire cannot say it. */
  readonly cannot: readonly ModelCapability[]
}

/** Facts by provider and model, as its listing gave them when it was last asked. */
export type ListedModels = Readonly<Record<string, Readonly<Record<string, ModelFacts>>>>

export interface CatalogueSources {
  readonly providers: readonly CataloguedProvider[]
  readonly listed: ListedModels
  readonly priceList: PriceList
}

/** Of a provider. Names come from clients, so what is remembered is bounded. */
const MAX_REMEMBERED = 1000

export function createModelCatalogue({ providers, listed, priceList }: CatalogueSources): ModelCatalogue {
  const remembered = new Map<string, Map<string, ModelFacts>>()
  const look = (ref: ProviderRef, model: string): ModelFacts => {
    const provider = providers.find(({ name }) => name === ref.name)
    const priced = priceList.find(ref, model)
    const known = [
      wireFacts(provider?.cannot ?? []),
      own(provider?.stated, model),
      own(own(listed, ref.name), model),
      { contextTokens: priced?.contextTokens, outputTokens: priced?.outputTokens, capabilities: priced?.capabilities },
      factsOfName(model),
    ].reduce<ModelFacts>((better, other) => mergeFacts(better, other ?? nothingKnown), nothingKnown)
    const asked = locationOf(ref, model) === 'local' ? provider?.mostContextTokens : undefined
    return { ...known, contextTokens: smaller(known.contextTokens, asked) }
  }
  return {
    facts(provider, model) {
      let models = remembered.get(provider.name)
      const earlier = models?.get(model)
      if (earlier) return earlier
      if (!models || models.size >= MAX_REMEMBERED) models = new Map()
      remembered.set(provider.name, models)
      const facts = look(provider, model)
      models.set(model, facts)
      return facts
    },
  }
}

function wireFacts(cannot: readonly ModelCapability[]): ModelFacts {
  return { capabilities: Object.fromEntries(cannot.map((one) => [one, false])) }
}

/** Names come from requests, so nothing is found in a prototype. */
function own<Value>(record: Readonly<Record<string, Value>> | undefined, key: string): Value | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined
}

function smaller(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return Math.min(left, right)
}
