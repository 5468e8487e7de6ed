// Owns which requests have a cost that no count of tokens bounds, so that a paid provider must not get them.
import type { ChatBody, JsonObject, JsonValue } from '../domain/chat-body.ts'
import type { Price } from '../domain/price.ts'

type PricedModel = Extract<Price, { state: 'priced' }>

/**
 * Tiers that cost what the price list says, or less. `auto` is what a request without a tier gets: that of the
 * project, which is the default one unless its owner chose another
 * (https://developers.openai.com/api/reference, chat completions, service_tier).
 */
const ORDINARY_TIERS: ReadonlySet<unknown> = new Set(['auto', 'default', 'flex', 'on_demand', 'standard_only'])

/** Members that make a provider search, and charge for each search and for what it found. */
const SEARCH_MEMBERS = ['web_search_options', 'search_parameters', 'enable_search', 'data_sources', 'plugins'] as const

/** Members by which another model than the one that was priced may answer: https://openrouter.ai/docs, model routing. */
const OTHER_MODEL_MEMBERS = ['models', 'fallback_models'] as const

/** Models that search whether they are asked to or not. */
const SEARCHING_MODEL = /-search-(?:preview|api)|deep-research|-online$|:online$/

/** Tools that the caller runs. All others are run by the provider, for a fee. */
const OWN_TOOLS: ReadonlySet<unknown> = new Set(['function', 'custom', undefined])

/**
 * What makes the cost of a request unbounded, by the member's name and a reason, or `undefined`. A price that has a
 * fee for each request covers the searches of that request.
 * @example unboundedBecause(body, price, 'gpt-4o') // 'service_tier: the price of that tier is not known'
 */
export function unboundedBecause(body: ChatBody, price: PricedModel, model: string): string | undefined {
  const { view } = body
  if (!isOff(view.service_tier) && !ORDINARY_TIERS.has(view.service_tier))
    return 'service_tier: the price of that tier is not known'
  if (view.speed === 'fast' || !isOff(view.inference_geo))
    return `${view.speed === 'fast' ? 'speed' : 'inference_geo'}: its surcharge is not known`
  const other = OTHER_MODEL_MEMBERS.find((name) => !isOff(view[name]))
  if (other !== undefined) return `${other}: another model, at another price, could answer`
  return soundBecause(view, price) ?? (price.perRequest === undefined ? searchBecause(view, model) : undefined)
}

function searchBecause(view: JsonObject, model: string): string | undefined {
  return SEARCHING_MODEL.test(model) ? 'model: it charges for searches' : addedInputBecause(view)
}

/** What makes the provider add to the input, for a fee and as tokens of input: what it found, or what its tools said. */
export function addedInputBecause(view: JsonObject): string | undefined {
  const member = SEARCH_MEMBERS.find((name) => !isOff(view[name]))
  if (member !== undefined) return `${member}: the provider charges for each search`
  const { tools } = view
  const runsTools = Array.isArray(tools) && tools.some((tool) => isObject(tool) && !OWN_TOOLS.has(tool.type))
  return runsTools ? 'tools: the provider charges for those that it runs itself' : undefined
}

/** Sound costs up to sixteen times what text costs, so the price of text says nothing of it. */
function soundBecause(view: JsonObject, { tiers }: PricedModel): string | undefined {
  if (asksForSound(view) && tiers.some(({ audioOutput }) => audioOutput === undefined))
    return 'modalities: the price of spoken output is not known'
  if (holdsSound(view) && tiers.some(({ audioInput }) => audioInput === undefined))
    return 'messages: the price of spoken input is not known'
  return undefined
}

/** Whether the answer may be spoken. */
export function asksForSound(view: JsonObject): boolean {
  return isObject(view.audio) || (Array.isArray(view.modalities) && view.modalities.includes('audio'))
}

function holdsSound({ messages }: JsonObject): boolean {
  if (!Array.isArray(messages)) return false
  return messages.some(
    (message) =>
      isObject(message) &&
      (isObject(message.audio) ||
        (Array.isArray(message.content) &&
          message.content.some((part) => isObject(part) && part.type === 'input_audio'))),
  )
}

function isOff(value: JsonValue | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === false ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  )
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
