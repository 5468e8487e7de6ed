// Owns structured output: a schema as a response format, as a forced tool, or as plain JSON, and the parser of each.
import type { BaseLanguageModelInput } from '@langchain/core/language_models/base'
import {
  assembleStructuredOutputPipeline,
  createContentParser,
  createFunctionCallingParser,
} from '@langchain/core/language_models/structured_output'
import type { AIMessage, BaseMessage } from '@langchain/core/messages'
import { type Runnable, RunnableLambda } from '@langchain/core/runnables'
import { toJsonSchema } from '@langchain/core/utils/json_schema'
import { isInteropZodSchema } from '@langchain/core/utils/types'
import { AegisError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/request-body.ts'
import type { ChatAegis, ChatAegisCallOptions } from './chat-aegis.ts'

export interface StructuredOutputOptions<IncludeRaw extends boolean = false> {
  readonly name?: string
  /**
   * `jsonSchema` by default: every provider of Aegis has a way to hold a model to a schema, while some local ones do not
   * obey a forced tool.
   */
  readonly method?: 'jsonSchema' | 'functionCalling' | 'jsonMode' | (string & {})
  /** Gives `{ raw, parsed }`, with `parsed` null when the reply does not fit the schema. */
  readonly includeRaw?: IncludeRaw
  readonly strict?: boolean
}

/** A schema of Zod, of the Standard Schema, or JSON Schema. */
export type StructuredSchema<Output extends Record<string, unknown>> =
  | Parameters<typeof createContentParser<Output>>[0]
  | Record<string, unknown>

/** Takes the options of a call as the model itself does. */
export type Structured<Output> =
  | Runnable<BaseLanguageModelInput, Output, ChatAegisCallOptions>
  | Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: Output }, ChatAegisCallOptions>

type Schema = Parameters<typeof createContentParser>[0]

export function structuredOutput<Output extends Record<string, unknown>>(
  model: ChatAegis,
  schema: Schema,
  options: StructuredOutputOptions<boolean> = {},
): Structured<Output> {
  const { method = 'jsonSchema', includeRaw = false } = options
  const named = nameOf(schema, options)
  const build = ways[method as keyof typeof ways]
  if (!Object.hasOwn(ways, method) || !build)
    throw new AegisError('invalid_request', `method must be one of ${Object.keys(ways).join(', ')}.`, {
      param: 'method',
    })
  const { llm, parser } = build(model, schema, named, options.strict)
  return assembleStructuredOutputPipeline<Output>(
    llm,
    parser as Way<Output>['parser'],
    includeRaw,
    'AegisStructuredOutput',
  )
}

interface Way<Output = Record<string, unknown>> {
  readonly llm: Runnable<BaseLanguageModelInput>
  readonly parser: Runnable<BaseMessage, Output>
}

const ways = {
  jsonSchema(model: ChatAegis, schema: Schema, { name, description, json }: Named, strict?: boolean): Way {
    const json_schema = { name, ...description, schema: json, ...(strict === undefined ? {} : { strict }) }
    const llm = model.withConfig({
      response_format: { type: 'json_schema', json_schema },
      ...toldAs('jsonSchema', json),
    })
    return { llm, parser: contentParser(schema) }
  },
  functionCalling(model: ChatAegis, schema: Schema, { name, description, json }: Named, strict?: boolean): Way {
    const definition = { name, ...description, parameters: json, ...(strict === undefined ? {} : { strict }) }
    const tool_choice = { type: 'function', function: { name } }
    const tools = [{ type: 'function', function: definition }]
    const llm = model.withConfig({ tools, tool_choice, ...toldAs('functionCalling', json) })
    const parser = createFunctionCallingParser<Record<string, unknown>>(schema, name)
    return {
      llm,
      parser: RunnableLambda.from((message: BaseMessage, config) =>
        fitting(() => parser.invoke(calling(message), config)),
      ),
    }
  },
  jsonMode(model: ChatAegis, schema: Schema, { json }: Named): Way {
    const llm = model.withConfig({ response_format: { type: 'json_object' }, ...toldAs('jsonMode', json) })
    return { llm, parser: contentParser(schema) }
  },
}

/** What tracers are told of the shape that was asked for; nothing of it is sent. */
function toldAs(method: keyof typeof ways, schema: Named['json']) {
  return { ls_structured_output_format: { kwargs: { method }, schema } }
}

function contentParser(schema: Schema): Way['parser'] {
  const parser = createContentParser(schema)
  return RunnableLambda.from((message: BaseMessage, config) => fitting(() => parser.invoke(message.text, config)))
}

/** LangChain's error for a reply that does not fit repeats the reply, which may be restricted. */
async function fitting<Result>(parse: () => Promise<Result>): Promise<Result> {
  try {
    return await parse()
  } catch (error) {
    if (error instanceof AegisError) throw error
    throw new AegisError('upstream_error', "The model's reply does not fit the schema; includeRaw shows it.", {
      source: 'provider',
    })
  }
}

function calling(message: BaseMessage): BaseMessage {
  if (((message as AIMessage).tool_calls ?? []).length === 0)
    throw new AegisError('upstream_error', 'The model answered without calling the tool of the schema.', {
      source: 'provider',
    })
  return message
}

interface Named {
  readonly name: string
  readonly description: { readonly description?: string }
  readonly json: JsonObject
}

/** A schema may come as a function of OpenAI's, with its name and its parameters. */
function nameOf(schema: Schema, { name }: StructuredOutputOptions<boolean>): Named {
  const given = schema as { readonly name?: unknown; readonly parameters?: unknown }
  if (!isInteropZodSchema(schema) && typeof given.name === 'string' && typeof given.parameters === 'object')
    return named(name ?? given.name, given.parameters as JsonObject, schema as { description?: unknown })
  const json = toJsonSchema(schema as Parameters<typeof toJsonSchema>[0]) as unknown as JsonObject
  return named(name ?? (typeof json.title === 'string' ? json.title : 'extract'), json, json)
}

function named(name: string, json: JsonObject, { description }: { readonly description?: unknown }): Named {
  const safe = name.replace(/[^\w-]/g, '_').slice(0, 64)
  return { name: safe, description: typeof description === 'string' ? { description } : {}, json }
}
