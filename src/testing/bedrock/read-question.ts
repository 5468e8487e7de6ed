// Reads a Converse request as far as the simulated model understands it.
import { asArray, asNumber, asObject, asString, asStrings, type JsonObject, type JsonValue } from '../json-value.ts'
import type { OfferedTool, Question } from '../plan-answer.ts'
import { simulatedTokens, simulatedTokensPerImage } from '../simulated-tokens.ts'

export function readQuestion(json: JsonObject, model: string): Question {
  const messages = asArray(json.messages).map(asObject)
  const config = asObject(json.inferenceConfig)
  const fields = asObject(json.additionalModelRequestFields)
  const schema = asObject(asObject(fields.output_config).format).schema
  const lastUser = messages.findLast(({ role }) => role === 'user')
  const answersTool = asArray(messages.at(-1)?.content).some((block) => asObject(block).toolResult !== undefined)
  return {
    model,
    inputTokens: inputTokens(json),
    lastUserText: asArray(lastUser?.content).flatMap(textsOf).join('\n'),
    maxOutputTokens: asNumber(config.maxTokens),
    stop: asStrings(config.stopSequences),
    toolsToCall: answersTool ? [] : chosenTools(asObject(json.toolConfig)),
    format: schema === undefined ? undefined : asObject(schema),
    think: fields.thinking !== undefined,
  }
}

function inputTokens(json: JsonObject): number {
  const blocks = [...asArray(json.system), ...asArray(json.messages).flatMap((one) => asArray(asObject(one).content))]
  const text = blocks.flatMap(textsOf).reduce((sum, one) => sum + simulatedTokens(one), 0)
  const images = blocks.filter((block) => asObject(block).image !== undefined).length
  const tools = asArray(asObject(json.toolConfig).tools)
  return (
    text +
    images * simulatedTokensPerImage +
    tools.reduce<number>((sum, tool) => sum + simulatedTokens(JSON.stringify(tool)), 0)
  )
}

function textsOf(value: JsonValue): readonly string[] {
  const { text, toolUse, toolResult } = asObject(value)
  const call = toolUse ?? toolResult
  const given = asString(text) ?? (call === undefined ? undefined : JSON.stringify(call))
  return given === undefined ? [] : [given]
}

function chosenTools({ tools, toolChoice }: JsonObject): readonly OfferedTool[] {
  const offered = asArray(tools).flatMap((value) => {
    const { name, inputSchema } = asObject(asObject(value).toolSpec)
    return typeof name === 'string' ? [{ name, parameters: asObject(inputSchema).json ?? { type: 'object' } }] : []
  })
  const forced = asObject(asObject(toolChoice).tool).name
  return (forced === undefined ? offered : offered.filter(({ name }) => name === forced)).slice(0, 1)
}
