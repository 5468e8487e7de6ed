// Reads a Messages request as far as the simulated model understands it.
import { asArray, asNumber, asObject, asString, asStrings, type JsonObject, type JsonValue } from '../json-value.ts'
import type { OfferedTool, Question } from '../plan-answer.ts'
import { simulatedTokens, simulatedTokensPerImage } from '../simulated-tokens.ts'

export function readQuestion(json: JsonObject): Question {
  const messages = asArray(json.messages).map(asObject)
  const last = messages.at(-1) ?? {}
  const lastUser = messages.findLast((message) => message.role === 'user')
  const answersTool = asArray(last.content).some((block) => asObject(block).type === 'tool_result')
  const schema = asObject(asObject(json.output_config).format).schema
  const thinkingType = asObject(json.thinking).type
  return {
    model: asString(json.model) ?? '',
    inputTokens: inputTokens(json),
    lastUserText: lastUser ? textsOf(lastUser.content).join('\n') : '',
    maxOutputTokens: asNumber(json.max_tokens),
    stop: asStrings(json.stop_sequences),
    toolsToCall: answersTool ? [] : chosenTools(json),
    format: schema === undefined ? undefined : asObject(schema),
    think: thinkingType === 'enabled' || thinkingType === 'adaptive',
  }
}

function inputTokens(json: JsonObject): number {
  const contents = [json.system, ...asArray(json.messages).map((message) => asObject(message).content)]
  const text = contents.flatMap(textsOf).reduce((sum, one) => sum + simulatedTokens(one), 0)
  const tools = asArray(json.tools).reduce<number>((sum, tool) => sum + simulatedTokens(JSON.stringify(tool)), 0)
  const images = contents.flatMap(asArray).filter((block) => asObject(block).type === 'image').length
  return text + tools + images * simulatedTokensPerImage
}

/** Texts of a content, those of tool results and tool calls included. */
function textsOf(content: JsonValue | undefined): readonly string[] {
  if (typeof content === 'string') return [content]
  return asArray(content).flatMap((value) => {
    const block = asObject(value)
    if (block.type === 'tool_use') return [JSON.stringify(block.input ?? {})]
    if (block.type === 'tool_result') return textsOf(block.content)
    return [asString(block.text), asString(block.thinking)].filter((text) => text !== undefined)
  })
}

function chosenTools(json: JsonObject): readonly OfferedTool[] {
  const offered = asArray(json.tools).flatMap((value) => {
    const { name, input_schema } = asObject(value)
    return typeof name === 'string' ? [{ name, parameters: input_schema ?? { type: 'object' } }] : []
  })
  const choice = asObject(json.tool_choice)
  if (choice.type === 'none') return []
  if (choice.type === 'tool') return offered.filter(({ name }) => name === choice.name)
  return choice.disable_parallel_tool_use === false ? offered : offered.slice(0, 1)
}
