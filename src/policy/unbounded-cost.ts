// Owns which requests have a cost that no count of tokens bounds, so that a paid provider must not get them.

import type { Price } from '../domain/price.ts'
import type { JsonObject, JsonValue, RequestBody } from '../domain/request-body.ts'

type PricedModel = Extract<Price, { state: 'priced' }>

/**
 * Tiers that cost what the price list says, or less. `auto` is what a request without a tier gets: that of the
 * project, which is the default one unless its owner chose another
 * (https://developers.openai.com/api/reference, chat completions, service_tier).
 */
const ORDINARY_TIERS: ReadonlySet<unknown> = new Set(['auto', 'default', 'flex', 'on_demand', 'standard_only'])

/** Members that make a provider search, and charge for each search and for what it found. */
const SEARCH_MEMBERS = [
  ...['web_search_options', 'search_parameters', 'enable_search', 'data_sources', 'plugins'],
  // Anthropic's: servers that it asks for tools, and the machine that runs some.
  ...['mcp_servers', 'container'],
]

/** Members by which another model than the one that was priced may answer: https://openrouter.ai/docs, model routing. */
const OTHER_MODEL_MEMBERS = ['models', 'fallback_models', 'fallbacks'] as const

/** Models that search whether they are asked to or not. */
const SEARCHING_MODEL = /-search-(?:preview|api)|deep-research|-online$|:online$/

/** Tools that the caller runs, also those whose shape OpenAI knows. All others are run by the provider, for a fee. */
const OWN_TOOLS: ReadonlySet<unknown> = new Set(['function', 'custom', 'local_shell', 'apply_patch', undefined])

/** Tools of Anthropic's whose shape it knows and which the caller runs: https://platform.claude.com/docs/en/agents-and-tools/tool-use. */
const OWN_TYPED_TOOL = /^(?:bash|text_editor|memory|computer|(?:computer|browser)_toolset)_\d{8}$/

/** What makes the cost of a request unbounded. */
export interface UnboundedCost {
  /** The member of the request. */
  readonly member: string
  readonly reason: string
  /** The setting in the price of a model that would bound it; absent where none does. */
  readonly setting?: 'per_request' | 'audio_input_per_million' | 'audio_output_per_million'
}

/**
 * The first member that makes the cost unbounded. A price that has a fee for each request covers the searches and the
 * tools of that request.
 * @example unboundedBy(body, price, 'gpt-4o') // { member: 'service_tier', reason: 'the price of that tier is …' }
 */
export function unboundedBy(body: RequestBody, price: PricedModel, model: string): UnboundedCost | undefined {
  const { view, native } = body
  const unbounded = unboundedIn(view, price, model) ?? (native && unboundedIn(native.view, price, model))
  return unbounded ?? (native?.wire === 'responses' ? unboundedByCalls(native.view) : undefined)
}

/** Within one response the model is asked again after every call of a tool that runs there. */
function unboundedByCalls(view: JsonObject): UnboundedCost | undefined {
  if (!inputAddedBy(view) || typeof view.max_tool_calls === 'number') return undefined
  return {
    member: 'tools',
    reason: 'the provider runs its own any number of times unless max_tool_calls says how many',
  }
}

function unboundedIn(view: JsonObject, price: PricedModel, model: string): UnboundedCost | undefined {
  if (!isOff(view.service_tier) && !ORDINARY_TIERS.has(view.service_tier))
    return { member: 'service_tier', reason: 'the price of that tier is not known' }
  if (view.speed === 'fast') return { member: 'speed', reason: 'its surcharge is not known' }
  if (!isOff(view.inference_geo)) return { member: 'inference_geo', reason: 'its surcharge is not known' }
  const other = OTHER_MODEL_MEMBERS.find((name) => !isOff(view[name]))
  if (other !== undefined) return { member: other, reason: 'another model, at another price, could answer' }
  if (compacts(view)) return { member: 'context_management', reason: 'a second answer sums up the conversation' }
  return unboundedBySound(view, price) ?? (price.perRequest === undefined ? unboundedBySearch(view, model) : undefined)
}

function unboundedBySearch(view: JsonObject, model: string): UnboundedCost | undefined {
  return SEARCHING_MODEL.test(model)
    ? { member: 'model', reason: 'it charges for searches', setting: 'per_request' }
    : inputAddedBy(view)
}

/** What makes the provider add to the input, for a fee and as tokens of input: what it found, or what its tools said. */
export function inputAddedBy(view: JsonObject): UnboundedCost | undefined {
  const member = SEARCH_MEMBERS.find((name) => !isOff(view[name]))
  if (member !== undefined) return { member, reason: 'the provider charges for each search', setting: 'per_request' }
  const { tools } = view
  const runsTools = Array.isArray(tools) && tools.some((tool) => isObject(tool) && !isOwnTool(tool.type))
  if (!runsTools) return undefined
  return { member: 'tools', reason: 'the provider charges for those that it runs itself', setting: 'per_request' }
}

function isOwnTool(type: JsonValue | undefined): boolean {
  return OWN_TOOLS.has(type) || (typeof type === 'string' && OWN_TYPED_TOOL.test(type))
}

/** Sound costs up to sixteen times what text costs, so the price of text says nothing of it. */
function unboundedBySound(view: JsonObject, { tiers }: PricedModel): UnboundedCost | undefined {
  if (asksForSound(view) && tiers.some(({ audioOutput }) => audioOutput === undefined)) {
    const reason = 'the price of spoken output is not known'
    return { member: 'modalities', reason, setting: 'audio_output_per_million' }
  }
  if (holdsSound(view) && tiers.some(({ audioInput }) => audioInput === undefined)) {
    const reason = 'the price of spoken input is not known'
    return { member: 'messages', reason, setting: 'audio_input_per_million' }
  }
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

/**
 * Compaction is an answer of its own: https://platform.claude.com/docs/en/build-with-claude/compaction, and OpenAI's
 * https://developers.openai.com/api/docs/guides/compaction, where it is a list.
 */
function compacts({ context_management: management }: JsonObject): boolean {
  if (Array.isArray(management)) return management.length > 0
  if (!isObject(management) || !Array.isArray(management.edits)) return false
  return management.edits.some((edit) => isObject(edit) && String(edit.type).startsWith('compact'))
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
