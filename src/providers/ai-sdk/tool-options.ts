// Owns the tools of a request and which of them may or must be called.
import type { LanguageModelV4FunctionTool, LanguageModelV4ToolChoice } from '@ai-sdk/provider'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { JsonObject } from '../../domain/chat-body.ts'
import { asList, asObject, isObject, textOf } from './json-reading.ts'
import type { Notes } from './notes.ts'
import { unsupported } from './unsupported.ts'

/** The offered functions. Tools that a provider would run itself are another provider's, and are noted. */
export function toolsOf(view: JsonObject, attempt: FundedAttempt, notes: Notes): LanguageModelV4FunctionTool[] {
  return asList(view.tools).flatMap((value) => {
    const tool = asObject(value)
    if (tool.type !== 'function') {
      notes.add(`a tool of type ${String(tool.type).slice(0, 40)} is not known to this wire: left out`)
      return []
    }
    const offered = asObject(tool.function)
    const name = textOf(offered.name)
    if (name === undefined) throw unsupported(attempt, 'needs every tool to have a name')
    const description = textOf(offered.description)
    return [
      {
        type: 'function',
        name,
        ...(description === undefined ? {} : { description }),
        inputSchema: isObject(offered.parameters) ? offered.parameters : { type: 'object', properties: {} },
        ...(typeof offered.strict === 'boolean' ? { strict: offered.strict } : {}),
      },
    ]
  })
}

export interface ChosenTools {
  readonly tools: LanguageModelV4FunctionTool[]
  readonly toolChoice: LanguageModelV4ToolChoice | undefined
}

/** `tool_choice` in its four forms: a word, a function, and OpenAI's `allowed_tools`. */
export function toolChoice(
  view: JsonObject,
  tools: LanguageModelV4FunctionTool[],
  attempt: FundedAttempt,
): ChosenTools {
  const { tool_choice: choice } = view
  if (choice === undefined || choice === null) return { tools, toolChoice: undefined }
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { tools, toolChoice: { type: choice } }
  const named = asObject(choice)
  const toolName = textOf(asObject(named.function).name)
  if (named.type === 'function' && toolName !== undefined) {
    if (!tools.some(({ name }) => name === toolName))
      throw unsupported(attempt, 'needs the function of tool_choice to be among the tools')
    return { tools, toolChoice: { type: 'tool', toolName } }
  }
  if (named.type === 'allowed_tools') return allowedTools(asObject(named.allowed_tools), tools)
  throw unsupported(attempt, 'does not know this form of tool_choice')
}

function allowedTools(allowed: JsonObject, tools: readonly LanguageModelV4FunctionTool[]): ChosenTools {
  const names = asList(allowed.tools).map((tool) => textOf(asObject(asObject(tool).function).name))
  return {
    tools: tools.filter(({ name }) => names.includes(name)),
    toolChoice: { type: allowed.mode === 'required' ? 'required' : 'auto' },
  }
}
