// Owns the way from a call of the AI SDK to a task: prompt, tools, format, generation, and the caller's own fields.
import type { LanguageModelV4CallOptions, SharedV4ProviderOptions, SharedV4Warning } from '@ai-sdk/provider'
import { joinTaskFields, type TaskFields } from '../client/task-fields.ts'
import { AegisError } from '../domain/errors.ts'
import type { LLMTask, TaskSettings } from '../domain/llm-task.ts'
import type { JsonObject } from '../domain/request-body.ts'
import { toChatMessages } from './to-chat-messages.ts'

export interface TranslatedCall {
  readonly task: LLMTask
  /** What was asked and cannot be passed on. */
  readonly warnings: SharedV4Warning[]
}

export function taskOf(options: LanguageModelV4CallOptions, fields: TaskFields): TranslatedCall {
  const warnings: SharedV4Warning[] = []
  if (options.topK !== undefined) warnings.push({ type: 'unsupported', feature: 'topK' })
  const tools = toolsOf(options, warnings)
  const parameters = defined({
    top_p: options.topP,
    seed: options.seed,
    presence_penalty: options.presencePenalty,
    frequency_penalty: options.frequencyPenalty,
    reasoning_effort: effortOf(options.reasoning),
  }) as JsonObject
  const task = {
    ...settingsOf(options.providerOptions, fields),
    messages: toChatMessages(options.prompt),
    ...defined({
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: tools.length === 0 ? undefined : choiceOf(options.toolChoice),
      responseFormat: formatOf(options.responseFormat),
      maxTokens: options.maxOutputTokens,
      temperature: options.temperature,
      stop: options.stopSequences?.length ? options.stopSequences : undefined,
      parameters: Object.keys(parameters).length === 0 ? undefined : parameters,
      signal: options.abortSignal,
    }),
  }
  return { task, warnings }
}

/** The fields of the provider, of the model and of `providerOptions.aegis`, of which a misspelt one is an error. */
export function settingsOf(
  options: SharedV4ProviderOptions | undefined,
  fields: TaskFields,
): Omit<TaskSettings, 'signal'> {
  const given = (options?.aegis ?? {}) as TaskFields
  const joined = joinTaskFields(fields, given)
  const unknown = Object.keys(given).find((name) => !(name in joined) && given[name as keyof TaskFields] !== undefined)
  if (unknown === undefined) return joined
  const param = `providerOptions.aegis.${unknown.slice(0, 60)}`
  throw new AegisError('invalid_request', `${param} is not a member of a task.`, { param })
}

function toolsOf({ tools = [] }: LanguageModelV4CallOptions, warnings: SharedV4Warning[]): JsonObject[] {
  return tools.flatMap((tool) => {
    if (tool.type === 'provider') {
      warnings.push({ type: 'unsupported', feature: `provider tool ${tool.id}` })
      return []
    }
    const { name, description, strict } = tool
    const parameters = tool.inputSchema as JsonObject
    return [{ type: 'function', function: defined({ name, description, parameters, strict }) as JsonObject }]
  })
}

function choiceOf(choice: LanguageModelV4CallOptions['toolChoice']): string | JsonObject | undefined {
  if (choice?.type === 'tool') return { type: 'function', function: { name: choice.toolName } }
  return choice?.type
}

function formatOf(format: LanguageModelV4CallOptions['responseFormat']): JsonObject | undefined {
  if (format?.type !== 'json') return undefined
  if (!format.schema) return { type: 'json_object' }
  const { name = 'response', description, schema } = format
  return { type: 'json_schema', json_schema: defined({ name, description, schema }) as JsonObject }
}

/** OpenAI's words; `max` is the SDK's own for the most there is. */
function effortOf(reasoning: LanguageModelV4CallOptions['reasoning']): string | undefined {
  if (reasoning === undefined || reasoning === 'provider-default') return undefined
  return reasoning === 'max' ? 'xhigh' : reasoning
}

function defined<Members extends object>(members: Members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Members]?: Exclude<Members[Name], undefined>
  }
}
