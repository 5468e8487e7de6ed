// Owns tools and the choice among them, from LangChain's several shapes to OpenAI's.
import type { BindToolsInput, ToolChoice } from '@langchain/core/language_models/chat_models'
import { convertToOpenAITool, isLangChainTool } from '@langchain/core/utils/function_calling'
import { AegisError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/request-body.ts'

/** @throws AegisError `invalid_request` for what is no tool of LangChain's nor of OpenAI's. */
export function toTools(tools: readonly BindToolsInput[]): JsonObject[] {
  return tools.map((tool, index) => {
    if (isLangChainTool(tool)) return convertToOpenAITool(tool) as unknown as JsonObject
    if ('type' in tool && tool.type === 'function' && 'function' in tool) return tool as JsonObject
    const path = `tools[${index}]`
    throw new AegisError('invalid_request', `${path} must be a tool of LangChain or of OpenAI's shape.`, {
      param: path,
    })
  })
}

/** `any` is LangChain's word for `required`; a bare name is that tool. */
export function toToolChoice(choice: ToolChoice | undefined): string | JsonObject | undefined {
  if (choice === undefined || typeof choice === 'object') return choice as JsonObject | undefined
  if (choice === 'any' || choice === 'required') return 'required'
  if (choice === 'auto' || choice === 'none') return choice
  return { type: 'function', function: { name: choice } }
}
