// Owns the translation of a Messages request into OpenAI's chat completion: its members, its tools.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { canonicalMessages } from './canonical-messages.ts'
import { asObject, isPresent, wrong } from './json-reading.ts'

/** OpenAI refuses a longer name of a user. */
const LONGEST_USER = 64

/** Members that both wires have, by either name. */
const sharedMembers: readonly (readonly [string, string])[] = [
  ['max_tokens', 'max_tokens'],
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['stop_sequences', 'stop'],
]

/**
 * What OpenAI's servers refuse, and others understand, travels in the member `aegis`, which the OpenAI wire is not sent.
 * @param view a request whose shape has been checked.
 */
export function canonicalChat(view: JsonObject): JsonObject {
  const shared: Record<string, JsonValue> = {}
  for (const [from, to] of sharedMembers) {
    const value = view[from]
    if (isPresent(value) && !(Array.isArray(value) && value.length === 0)) shared[to] = value
  }
  const { messages, turns } = canonicalMessages(view)
  const effort = effortOf(view)
  const user = asObject(view.metadata).user_id
  const aegis = {
    ...(turns.length > 0 ? { turns: turns as unknown as JsonValue } : {}),
    ...ollamaMembers(view),
  }
  return {
    model: view.model ?? 'auto',
    messages,
    ...(view.stream === true ? { stream: true } : {}),
    ...shared,
    ...toolMembers(view),
    ...formatMember(view),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(typeof user === 'string' && user.length <= LONGEST_USER ? { user } : {}),
    ...tierMember(view),
    ...(Object.keys(aegis).length > 0 ? { aegis } : {}),
  }
}

function ollamaMembers(view: JsonObject): JsonObject {
  const options = isPresent(view.top_k) ? { options: { top_k: view.top_k } } : {}
  const quiet = asObject(view.thinking).type === 'disabled' ? { think: false } : {}
  const ollama = { ...options, ...quiet }
  return Object.keys(ollama).length > 0 ? { ollama } : {}
}

function toolMembers({ tools, tool_choice: choice }: JsonObject): JsonObject {
  const offered = Array.isArray(tools) ? tools.map(asObject) : []
  if (offered.length === 0) return {}
  const { type, name, disable_parallel_tool_use: oneCall } = asObject(choice)
  return {
    tools: offered.map(openAITool),
    ...(isPresent(choice) ? { tool_choice: openAIChoice(type, name) } : {}),
    ...(oneCall === true ? { parallel_tool_calls: false } : {}),
  }
}

/** Tools that a provider knows by their type stay as they are: another one says that it does not know them. */
function openAITool(tool: JsonObject): JsonObject {
  const { type, name, description, input_schema: parameters, strict } = tool
  if (isPresent(type) && type !== 'custom') return tool
  return {
    type: 'function',
    function: {
      name: name ?? '',
      ...(isPresent(description) ? { description } : {}),
      parameters: parameters ?? {},
      ...(isPresent(strict) ? { strict } : {}),
    },
  }
}

function openAIChoice(type: JsonValue | undefined, name: JsonValue | undefined): JsonValue {
  switch (type) {
    case 'auto':
    case 'none':
      return type
    case 'any':
      return 'required'
    case 'tool':
      if (typeof name !== 'string') throw wrong('tool_choice.name', 'must be the name of a tool')
      return { type: 'function', function: { name } }
    default:
      throw wrong('tool_choice.type', 'must be one of auto, any, tool, none')
  }
}

/** `output_config.format`, or `output_format` as its beta had it. */
function formatMember(view: JsonObject): JsonObject {
  const format = asObject(view.output_config).format ?? view.output_format
  const { type, schema } = asObject(format)
  if (type !== 'json_schema') return {}
  if (!isPresent(schema)) throw wrong('output_config.format.schema', 'must be a JSON schema')
  return { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }
}

/** A budget of so many tokens and more is worth the effort beside it. */
const effortByBudget: readonly (readonly [number, string])[] = [
  [16_384, 'high'],
  [4_096, 'medium'],
  [0, 'low'],
]

/** How hard a model should think: as the caller says, or by the budget. Undefined when it need not. */
function effortOf(view: JsonObject): JsonValue | undefined {
  const { type, budget_tokens: budget } = asObject(view.thinking)
  if (type !== 'enabled' && type !== 'adaptive') return undefined
  const { effort } = asObject(view.output_config)
  if (typeof effort === 'string') return effort
  if (typeof budget !== 'number') return 'high'
  return effortByBudget.find(([least]) => budget >= least)?.[1]
}

function tierMember({ service_tier: tier }: JsonObject): JsonObject {
  if (!isPresent(tier)) return {}
  return { service_tier: tier === 'standard_only' ? 'default' : tier }
}
