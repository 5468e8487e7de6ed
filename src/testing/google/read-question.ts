// Reads a generateContent request as far as the simulated model understands it.
import { asArray, asNumber, asObject, asString, asStrings, type JsonObject, type JsonValue } from '../json-value.ts'
import type { OfferedTool, Question } from '../plan-answer.ts'
import { simulatedTokens, simulatedTokensPerImage } from '../simulated-tokens.ts'

export function readQuestion(json: JsonObject, model: string): Question {
  const contents = asArray(json.contents).map(asObject)
  const config = asObject(json.generationConfig)
  const lastUser = contents.findLast(({ role }) => role === 'user')
  const answersTool = asArray(contents.at(-1)?.parts).some((part) => asObject(part).functionResponse !== undefined)
  return {
    model,
    inputTokens: inputTokens(json),
    lastUserText: textsOf(lastUser?.parts).join('\n'),
    maxOutputTokens: asNumber(config.maxOutputTokens),
    stop: asStrings(config.stopSequences),
    toolsToCall: answersTool ? [] : chosenTools(json),
    format: formatOf(config),
    think: asObject(config.thinkingConfig).includeThoughts === true,
  }
}

function formatOf(config: JsonObject): Question['format'] {
  if (config.responseMimeType !== 'application/json') return undefined
  const schema = config.responseJsonSchema ?? config.responseSchema
  return schema === undefined ? 'json' : asObject(schema)
}

function inputTokens(json: JsonObject): number {
  const parts = [json.systemInstruction, ...asArray(json.contents)].map((content) => asObject(content).parts)
  const text = parts.flatMap(textsOf).reduce((sum, one) => sum + simulatedTokens(one), 0)
  const images = parts.flatMap(asArray).filter((part) => asObject(part).inlineData !== undefined).length
  const tools = asArray(json.tools).reduce<number>((sum, tool) => sum + simulatedTokens(JSON.stringify(tool)), 0)
  return text + images * simulatedTokensPerImage + tools
}

function textsOf(parts: JsonValue | undefined): readonly string[] {
  return asArray(parts).flatMap((value) => {
    const { text, functionCall, functionResponse } = asObject(value)
    const call = functionCall ?? functionResponse
    return asString(text) ?? (call === undefined ? [] : JSON.stringify(call))
  })
}

/** The types of Gemini's schemas are in capitals; those of JSON Schema are not. */
function chosenTools(json: JsonObject): readonly OfferedTool[] {
  const offered = asArray(json.tools)
    .flatMap((tool) => asArray(asObject(tool).functionDeclarations))
    .flatMap((value) => {
      const { name, parameters, parametersJsonSchema } = asObject(value)
      const schema = parametersJsonSchema ?? parameters ?? { type: 'object' }
      return typeof name === 'string' ? [{ name, parameters: inLowerCase(schema) }] : []
    })
  const { mode, allowedFunctionNames } = asObject(asObject(json.toolConfig).functionCallingConfig)
  if (mode === 'NONE') return []
  const allowed = asStrings(allowedFunctionNames)
  return (allowed.length > 0 ? offered.filter(({ name }) => allowed.includes(name)) : offered).slice(0, 1)
}

function inLowerCase(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inLowerCase)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      if (member === undefined) return []
      return [[key, key === 'type' && typeof member === 'string' ? member.toLowerCase() : inLowerCase(member)]]
    }),
  )
}
