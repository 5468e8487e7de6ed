// Owns the translation of an OpenAI chat request into a call of an AI SDK model. What is not carried over is noted.
import type { LanguageModelV4CallOptions, SharedV4ProviderOptions } from '@ai-sdk/provider'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { asList, asObject, isObject, numberOf, textOf } from './json-reading.ts'
import type { Notes } from './notes.ts'
import { promptOf } from './prompt.ts'
import { toolChoice, toolsOf } from './tool-options.ts'
import { unsupported } from './unsupported.ts'
import type { Wire } from './wire.ts'

/** Members that are carried over, or that change nothing about the answer. */
const knownMembers = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'aegis', 'n', 'user', 'metadata', 'store', 'service_tier'],
  ...['safety_identifier', 'prompt_cache_key', 'max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'top_k'],
  ...['presence_penalty', 'frequency_penalty', 'seed', 'stop', 'tools', 'tool_choice', 'parallel_tool_calls'],
  ...['response_format', 'reasoning_effort', 'reasoning'],
])

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

const JSON_IN_WORDS = 'Answer with one JSON object and nothing else: no words before or after it, no code fence.'

export interface Call {
  readonly options: LanguageModelV4CallOptions
  /** The most tokens this attempt may generate, reasoning included; `undefined` when nothing limits it. */
  readonly outputTokenCap: number | undefined
  /** The package may send another cap than the one it is given, because it adds a budget for reasoning. */
  readonly mayExceedCap: boolean
}

/** @throws ProviderFailure of kind `unsupported` for what this wire cannot say, such as two choices. */
export function callOptions(attempt: FundedAttempt, wire: Wire, notes: Notes): Call {
  const { body } = attempt.task
  const { view } = body
  if (body.choices > 1) throw unsupported(attempt, 'cannot give more than one choice (n)')
  for (const key of Object.keys(view)) {
    if (!knownMembers.has(key) && view[key] !== null)
      notes.add(`${key.slice(0, 60)} is not known to this wire: left out`)
  }
  const cap = smaller(attempt.outputTokenCap, body.outputTokenCap)
  const reasoning = effortOf(view, notes)
  const own = ownOptions(attempt, wire, notes)
  const tools = toolsOf(view, attempt, notes)
  const oneCall = view.parallel_tool_calls === false && tools.length > 0
  if (oneCall && !wire.oneToolCall) notes.add('parallel_tool_calls cannot be switched off on this wire')
  const format = responseFormat(view.response_format, attempt)
  const prompt = promptOf(attempt, wire, notes)
  const inWords = format?.type === 'json' && !('schema' in format) && wire.jsonMode === 'words'
  if (inWords) {
    prompt.unshift({ role: 'system', content: JSON_IN_WORDS })
    notes.add('json_object is asked for in words, since this wire has no such mode: a json_schema would be enforced')
  }
  const shown = reasoning === undefined || reasoning === 'none' ? undefined : wire.showReasoning
  // OpenAI has two names for it, of which the first is to go.
  const user = textOf(view.user) ?? textOf(view.safety_identifier)
  const named = { ...shown, ...(user === undefined ? {} : wire.userOption?.(user)), ...own }
  const providerOptions = mergedOptions(
    Object.keys(named).length > 0 ? { [wire.optionsName]: named } : {},
    oneCall ? wire.oneToolCall : {},
  )
  const choice = toolChoice(view, tools, attempt)
  const options: LanguageModelV4CallOptions = {
    prompt,
    ...(cap === undefined ? {} : { maxOutputTokens: cap }),
    ...sampling(view),
    ...(format && !inWords ? { responseFormat: format } : {}),
    ...(choice.tools.length > 0 ? { tools: choice.tools } : {}),
    ...(choice.tools.length > 0 && choice.toolChoice ? { toolChoice: choice.toolChoice } : {}),
    ...(reasoning ? { reasoning } : {}),
    ...(Object.keys(providerOptions).length > 0 ? { providerOptions } : {}),
  }
  return { options, outputTokenCap: cap, mayExceedCap: reasoning !== undefined || Object.keys(own).length > 0 }
}

function sampling(view: JsonObject): Partial<LanguageModelV4CallOptions> {
  const { temperature, top_p, presence_penalty, frequency_penalty, seed, stop } = view
  const stops = typeof stop === 'string' ? [stop] : asList(stop).flatMap((one) => textOf(one) ?? [])
  const given: Record<string, number | string[] | undefined> = {
    temperature: numberOf(temperature),
    topP: numberOf(top_p),
    topK: numberOf(view.top_k ?? asObject(ollamaOf(view).options).top_k),
    presencePenalty: numberOf(presence_penalty),
    frequencyPenalty: numberOf(frequency_penalty),
    seed: numberOf(seed),
    stopSequences: stops.length > 0 ? stops : undefined,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function responseFormat(
  value: JsonValue | undefined,
  attempt: FundedAttempt,
): LanguageModelV4CallOptions['responseFormat'] {
  const format = asObject(value)
  if (format.type === 'json_object') return { type: 'json' }
  if (format.type !== 'json_schema') return undefined
  const { schema, name, description } = asObject(format.json_schema)
  if (!isObject(schema)) throw unsupported(attempt, 'needs the schema of a json_schema to be an object')
  return {
    type: 'json',
    schema,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  }
}

/** What came from a client of Ollama, or by a name that OpenAI's request has not. */
function ollamaOf(view: JsonObject): JsonObject {
  return asObject(asObject(view.aegis).ollama)
}

/** `reasoning_effort`, `reasoning.effort` as OpenRouter has it, or `think` as Ollama's clients say it. */
function effortOf(view: JsonObject, notes: Notes): LanguageModelV4CallOptions['reasoning'] {
  const effort = view.reasoning_effort ?? asObject(view.reasoning).effort ?? effortOfThink(ollamaOf(view).think)
  if (effort === undefined || effort === null) return undefined
  const known = efforts.find((one) => one === effort)
  if (!known) notes.add('reasoning_effort has a value that is not known: left out')
  return known
}

/** `true` asks for thoughts and not for how many. */
function effortOfThink(think: JsonValue | undefined): JsonValue | undefined {
  if (think === true) return 'medium'
  return think === false ? 'none' : think
}

/** The wire's own options from `aegis.<kind>`, by the package's names. */
function ownOptions(attempt: FundedAttempt, wire: Wire, notes: Notes): SharedV4ProviderOptions[string] {
  const given = asObject(asObject(attempt.task.body.view.aegis)[attempt.provider.kind])
  const allowed = Object.entries(given).filter(([name]) => {
    if (wire.allowedOptions.includes(name)) return true
    notes.add(`aegis.${attempt.provider.kind}.${name.slice(0, 60)} is not among the options that a request may set`)
    return false
  })
  return Object.fromEntries(allowed) as SharedV4ProviderOptions[string]
}

function mergedOptions(left: SharedV4ProviderOptions, right: SharedV4ProviderOptions = {}): SharedV4ProviderOptions {
  const merged = { ...left }
  for (const [name, options] of Object.entries(right)) merged[name] = { ...merged[name], ...options }
  return merged
}

function smaller(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return Math.min(left, right)
}
