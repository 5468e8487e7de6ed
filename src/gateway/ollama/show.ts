// Owns POST /api/show: what is known of a configured model, as Ollama describes one.
import type { JsonValue } from '../../domain/chat-body.ts'
import type { ModelCapability, ModelFacts } from '../../domain/model-facts.ts'
import { nothingKnown } from '../../domain/model-facts.ts'
import type { ModelChoice } from '../../domain/task.ts'
import { readModel } from '../../policy/model-choice.ts'
import type { RoutingPolicy } from '../../policy/route.ts'
import { bodyOf, type Exchange, sendJson } from '../exchange.ts'
import { parseJsonObject } from '../parse-json.ts'
import { ollamaDetails } from './models.ts'

/** What Ollama calls a capability. */
const capabilityNames: Readonly<Record<ModelCapability, string>> = {
  chat: 'completion',
  tools: 'tools',
  vision: 'vision',
  audio: 'audio',
  embeddings: 'embedding',
}

/** Template, parameters and licence belong to whoever runs the model; they are empty here. */
export async function ollamaShow(exchange: Exchange): Promise<void> {
  const { view } = parseJsonObject(await bodyOf(exchange))
  const { policy } = exchange.deps.proxy
  const name: JsonValue | undefined = view.model ?? view.name
  const facts = factsOf(readModel(name, policy.providers), policy)
  sendJson(exchange, 200, {
    modelfile: '',
    parameters: '',
    template: '',
    details: ollamaDetails,
    model_info: {
      'general.architecture': ollamaDetails.family,
      ...(facts.contextTokens === undefined ? {} : { [`${ollamaDetails.family}.context_length`]: facts.contextTokens }),
    },
    capabilities: capabilitiesOf(facts),
    modified_at: new Date(exchange.receivedAtMs).toISOString(),
  })
}

/** Of `auto`, which is any model, nothing is known. */
function factsOf(choice: ModelChoice, { providers, catalogue }: RoutingPolicy): ModelFacts {
  const provider =
    choice.by === 'provider'
      ? providers.find(({ name }) => name === choice.provider)
      : choice.by === 'model'
        ? providers.find(({ models }) => models.includes(choice.model))
        : undefined
  return provider && 'model' in choice ? catalogue.facts(provider, choice.model) : nothingKnown
}

/** A model chats unless it is known that it does not; everything else it can only when that is known. */
function capabilitiesOf({ capabilities = {} }: ModelFacts): string[] {
  const known = { ...capabilities, chat: capabilities.chat ?? true }
  return Object.entries(capabilityNames).flatMap(([name, ollamaName]) =>
    known[name as ModelCapability] === true ? [ollamaName] : [],
  )
}
