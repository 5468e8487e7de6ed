// Reads an OpenAI chat request as far as the simulated model understands it.
import type { PromptPart } from '../context-window.ts'
import { asArray, asNumber, asObject, asString, asStrings, type JsonObject, type JsonValue } from '../json-value.ts'
import type { OfferedTool, Question } from '../plan-answer.ts'
import { simulatedTokens, simulatedTokensPerImage } from '../simulated-tokens.ts'

/** What the model is asked; the prompt itself only counts (see {@link promptParts}). */
export function readQuestion(
  json: JsonObject,
  limitFields: readonly string[],
): Omit<Question, 'inputTokens' | 'model'> {
  const messages = asArray(json.messages).map(asObject)
  const lastUser = messages.findLast((message) => message.role === 'user')
  return {
    lastUserText: lastUser ? textsOf(lastUser.content).join('\n') : '',
    maxOutputTokens: limitFields.map((field) => asNumber(json[field])).find((limit) => limit !== undefined),
    stop: asStrings(json.stop),
    toolsToCall: messages.at(-1)?.role === 'tool' ? [] : chosenTools(json),
    format: readFormat(asObject(json.response_format)),
    think: false,
  }
}

/** The prompt by messages, then the tool definitions. */
export function promptParts(json: JsonObject): readonly PromptPart[] {
  const messages = asArray(json.messages).map(asObject)
  const parts = messages.map((message, index) => {
    const texts = [...textsOf(message.content), ...asArray(message.tool_calls).map((call) => JSON.stringify(call))]
    const tokens = texts.reduce((sum, text) => sum + simulatedTokens(text), countImages(message.content))
    return { tokens, kept: message.role === 'system' || index === messages.length - 1 }
  })
  return [...parts, { tokens: countTools(asArray(json.tools)), kept: true }]
}

function countImages(content: JsonValue | undefined): number {
  return asArray(content).filter((part) => asObject(part).type === 'image_url').length * simulatedTokensPerImage
}

/** Each tool definition counts as its JSON. */
export function countTools(tools: readonly JsonValue[]): number {
  return tools.reduce<number>((sum, tool) => sum + simulatedTokens(JSON.stringify(tool)), 0)
}

function textsOf(content: JsonValue | undefined): readonly string[] {
  const parts = asArray(content).map((part) => asString(asObject(part).text))
  return [asString(content), ...parts].filter((text): text is string => text !== undefined)
}

function chosenTools(json: JsonObject): readonly OfferedTool[] {
  const offered = offeredTools(asArray(json.tools))
  if (json.tool_choice === 'none') return []
  const forced = asString(asObject(asObject(json.tool_choice).function).name)
  if (forced !== undefined) return offered.filter((tool) => tool.name === forced)
  return json.parallel_tool_calls === true ? offered : offered.slice(0, 1)
}

/** The function tools of a request, in OpenAI's shape, which is Ollama's as well. */
export function offeredTools(tools: readonly JsonValue[]): readonly OfferedTool[] {
  return tools.flatMap((tool) => {
    const { name, parameters } = asObject(asObject(tool).function)
    return typeof name === 'string' ? [{ name, parameters: parameters ?? { type: 'object' } }] : []
  })
}

function readFormat(format: JsonObject): Question['format'] {
  if (format.type === 'json_schema') return asObject(asObject(format.json_schema).schema)
  return format.type === 'json_object' ? 'json' : undefined
}
