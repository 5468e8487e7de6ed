// Owns the reading of GET /models: ids, and what servers say of their models beside OpenAI's own members.
import { type Capabilities, isTokenLimit, type ListedFacts, type ModelFacts } from '../../domain/model-facts.ts'

type Entry = Readonly<Record<string, unknown>>

/**
 * The models of a list, in its order; undefined for what is no list. Members beside `id`, by their servers' documentation:
 * `max_model_len` of vLLM, `context_window` and `max_completion_tokens` of Groq, `max_context_length` and `capabilities`
 * of Mistral, `context_length`, `top_provider`, `architecture` and `supported_parameters` of OpenRouter, `context_length`
 * and `type` of Together, `supports_*` of Fireworks, `meta.n_ctx_train` of llama.cpp.
 */
export function readListing(listed: unknown): ListedFacts[] | undefined {
  // Together answers with the bare list.
  const data = Array.isArray(listed) ? listed : memberOf(listed, 'data')
  if (!Array.isArray(data)) return undefined
  return data.flatMap((one: unknown) => {
    const id = memberOf(one, 'id')
    return typeof id === 'string' ? [{ name: id, facts: factsOf(one as Entry) }] : []
  })
}

function factsOf(entry: Entry): ModelFacts {
  return {
    contextTokens: firstLimit(
      entry.max_model_len,
      entry.context_window,
      entry.max_context_length,
      entry.context_length,
      memberOf(entry.meta, 'n_ctx'),
    ),
    outputTokens: firstLimit(entry.max_completion_tokens, memberOf(entry.top_provider, 'max_completion_tokens')),
    capabilities: capabilitiesOf(entry),
  }
}

function firstLimit(...values: readonly unknown[]): number | undefined {
  return values.find(isTokenLimit)
}

/** What is said, yes or no; what is not said stays unknown. */
function capabilitiesOf(entry: Entry): Capabilities {
  const { capabilities: stated, type } = entry
  const modalities = memberOf(entry.architecture, 'input_modalities')
  const parameters = entry.supported_parameters
  return known({
    chat: firstFlag(
      memberOf(stated, 'completion_chat'),
      entry.supports_chat,
      typed(type, ['chat', 'language', 'llm', 'vlm']),
    ),
    tools: firstFlag(memberOf(stated, 'function_calling'), entry.supports_tools, listed(parameters, 'tools')),
    vision: firstFlag(
      memberOf(stated, 'vision'),
      entry.supports_image_input,
      listed(modalities, 'image'),
      typed(type, ['vlm'], true),
    ),
    audio: firstFlag(memberOf(stated, 'audio'), listed(modalities, 'audio')),
    embeddings: firstFlag(memberOf(stated, 'embeddings'), typed(type, ['embedding', 'embeddings'])),
  })
}

/** A type says what a model is and so what it is not; of some capabilities it says only that they are there. */
function typed(type: unknown, names: readonly string[], onlyYes = false): boolean | undefined {
  if (typeof type !== 'string') return undefined
  const is = names.includes(type)
  return is || !onlyYes ? is : undefined
}

function listed(names: unknown, name: string): boolean | undefined {
  return Array.isArray(names) ? names.includes(name) : undefined
}

function firstFlag(...values: readonly unknown[]): boolean | undefined {
  return values.find((value) => typeof value === 'boolean')
}

function known(all: Readonly<Record<string, boolean | undefined>>): Capabilities {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Entry)[key] : undefined
}
