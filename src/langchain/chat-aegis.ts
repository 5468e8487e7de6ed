// Owns ChatAegis: a chat model of LangChain whose every call is a task of Aegis.

import type { CallbackManagerForLLMRun, Callbacks } from '@langchain/core/callbacks/manager'
import type { BaseLanguageModelInput } from '@langchain/core/language_models/base'
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BaseChatModelParams,
  type BindToolsInput,
  type LangSmithParams,
} from '@langchain/core/language_models/chat_models'
import type {
  AIMessageChunk,
  BaseMessage,
  BaseMessageLike,
  MessageContent,
  UsageMetadata,
} from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult, type LLMResult } from '@langchain/core/outputs'
import type { Runnable } from '@langchain/core/runnables'
import type { AegisClient } from '../client/aegis-client.ts'
import { type ConnectionOptions, clientOf } from '../client/client-of.ts'
import { joinTaskFields, type TaskFields } from '../client/task-fields.ts'
import { isDataClassification, isRestricted } from '../domain/data-classification.ts'
import type { LLMTask } from '../domain/llm-task.ts'
import type { JsonObject } from '../domain/request-body.ts'
import { keptFromTracers } from './keep-from-tracers.ts'
import {
  type Structured,
  type StructuredOutputOptions,
  type StructuredSchema,
  structuredOutput,
} from './structured-output.ts'
import { toAIMessage, toChunk } from './to-ai-message.ts'
import { toChatMessages } from './to-chat-messages.ts'
import { toToolChoice, toTools } from './to-tools.ts'

/** LangChain's `tags` are its own, for runs; a task's are `taskTags` here. */
export interface ChatAegisTaskFields extends Omit<TaskFields, 'tags'> {
  readonly taskTags?: readonly string[] | undefined
}

interface Generation {
  readonly maxTokens?: number | undefined
  readonly temperature?: number | undefined
  /** Other members of OpenAI's request under their own names: `top_p`, `seed`, … */
  readonly parameters?: JsonObject | undefined
}

export interface ChatAegisCallOptions extends BaseChatModelCallOptions, ChatAegisTaskFields, Generation {
  readonly tools?: BindToolsInput[]
  /** OpenAI's `response_format`. */
  readonly response_format?: JsonObject
}

export interface ChatAegisFields extends BaseChatModelParams, ConnectionOptions, ChatAegisTaskFields, Generation {
  readonly stop?: readonly string[] | undefined
  /** Streams upstream even for `invoke`, so that callbacks see the pieces. */
  readonly streaming?: boolean | undefined
}

/**
 * A chat model that is routed, held to budgets and kept at home by Aegis. Without a `model` the rules choose.
 * A classification given here or bound can be raised by a call and never lowered. Aegis tries again and elsewhere by
 * itself, so `maxRetries` is 0 unless you say otherwise.
 * @throws AegisError from a call; its `code` says why: `budget_exceeded`, `local_unavailable_for_restricted_data`, …
 * @example
 * const model = new ChatAegis({ proxy: await AegisLLMProxy.create(), dataClassification: 'internal' })
 * const remote = new ChatAegis({ baseURL: 'http://127.0.0.1:8080', apiKey: 'sk-aegis-…' })
 * const answer = await model.invoke('Summarise this record …', { dataClassification: 'hipaa' })
 * answer.response_metadata.provider // local_ollama
 */
export class ChatAegis extends BaseChatModel<ChatAegisCallOptions, AIMessageChunk> {
  static override lc_name(): string {
    return 'ChatAegis'
  }

  readonly #client: AegisClient
  readonly #fields: ChatAegisFields
  readonly model: string

  constructor(fields: ChatAegisFields) {
    super(withoutSecrets(fields))
    this.#client = clientOf(fields)
    this.#fields = fields
    this.model = fields.model ?? 'auto'
  }

  override _llmType(): string {
    return 'aegis'
  }

  /** Part of a cache's key: what was answered for one classification or model is no answer for another. */
  override _identifyingParams(): Record<string, unknown> {
    const { baseURL, stop, maxTokens, temperature, parameters } = this.#fields
    return { ...this.#taskFields({}), model: this.model, baseURL, stop, maxTokens, temperature, parameters }
  }

  /** An estimate, four characters to a token: LangChain's own count fetches a vocabulary over the network, past Aegis. */
  override async getNumTokens(content: MessageContent): Promise<number> {
    const text =
      typeof content === 'string' ? content : content.map((part) => ('text' in part ? part.text : '')).join('')
    return Math.ceil(text.length / 4)
  }

  override invocationParams(options?: this['ParsedCallOptions']): Record<string, unknown> {
    const { messages: _, signal: __, ...params } = this.#taskOf([], options ?? {})
    return params
  }

  override getLsParams(options: this['ParsedCallOptions']): LangSmithParams {
    const { model, temperature, maxTokens, stop } = this.#taskOf([], options)
    return {
      ls_provider: 'aegis',
      ls_model_name: model ?? 'auto',
      ls_model_type: 'chat',
      ...(temperature === undefined ? {} : { ls_temperature: temperature }),
      ...(maxTokens === undefined ? {} : { ls_max_tokens: maxTokens }),
      ...(stop === undefined ? {} : { ls_stop: [stop].flat() }),
    }
  }

  override bindTools(
    tools: BindToolsInput[],
    options: Partial<ChatAegisCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatAegisCallOptions> {
    return this.withConfig({ ...options, tools: toTools(tools) as unknown as BindToolsInput[] })
  }

  /** What is bound holds for every call after it: a later classification only adds to it. */
  override withConfig(
    config: Partial<ChatAegisCallOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatAegisCallOptions> {
    if (config.dataClassification === undefined) return super.withConfig(config)
    const { dataClassification } = this.#taskFields(config)
    const raised = new ChatAegis({ ...this.#fields, dataClassification })
    return super.withConfig.call(raised, config) as ReturnType<ChatAegis['withConfig']>
  }

  override withStructuredOutput<Output extends Record<string, unknown>>(
    schema: StructuredSchema<Output>,
    options?: StructuredOutputOptions<false>,
  ): Runnable<BaseLanguageModelInput, Output, ChatAegisCallOptions>
  override withStructuredOutput<Output extends Record<string, unknown>>(
    schema: StructuredSchema<Output>,
    options?: StructuredOutputOptions<true>,
  ): Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: Output }, ChatAegisCallOptions>
  override withStructuredOutput<Output extends Record<string, unknown>>(
    schema: StructuredSchema<Output>,
    options?: StructuredOutputOptions<boolean>,
  ): Structured<Output> {
    return structuredOutput<Output>(this, schema, options)
  }

  override generate(
    messages: BaseMessageLike[][],
    options?: string[] | Partial<ChatAegisCallOptions>,
    callbacks?: Callbacks,
  ): Promise<LLMResult> {
    const given = Array.isArray(options) ? { stop: options } : (options ?? {})
    if (!this.#isRestricted(given)) return super.generate(messages, given, callbacks)
    const kept = keptFromTracers(callbacks ?? given.callbacks)
    return super.generate(messages, { ...given, callbacks: kept }, kept)
  }

  override async *_streamIterator(
    input: BaseLanguageModelInput,
    options: Partial<ChatAegisCallOptions> = {},
  ): AsyncGenerator<AIMessageChunk> {
    const restricted = this.#isRestricted(options)
    yield* super._streamIterator(
      input,
      restricted ? { ...options, callbacks: keptFromTracers(options.callbacks) } : options,
    )
  }

  override async _generate(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    if (this.#fields.streaming && !this.disableStreaming) return this.#generateByStream(messages, options, runManager)
    const task = this.#taskOf(messages, options)
    const { signal } = options
    const answer = await this.caller.callWithOptions(signal ? { signal } : {}, () => this.#client.generate(task))
    const message = toAIMessage(answer, this.#asBlocks(options))
    return { generations: [{ text: answer.text, message }], ...llmOutputOf(message) }
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const asBlocks = this.#asBlocks(options)
    let calls = 0
    for await (const event of this.#client.stream(this.#taskOf(messages, options))) {
      const message = toChunk(event, calls, asBlocks)
      if (event.type === 'tool_call') calls += 1
      const text = event.type === 'text' ? event.text : ''
      const chunk = new ChatGenerationChunk({ text, message })
      yield chunk
      await runManager?.handleLLMNewToken(text, { prompt: 0, completion: 0 }, undefined, undefined, undefined, {
        chunk,
      })
    }
  }

  async #generateByStream(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    let whole: ChatGenerationChunk | undefined
    for await (const chunk of this._streamResponseChunks(messages, options, runManager))
      whole = whole ? whole.concat(chunk) : chunk
    return { generations: whole ? [whole] : [], ...llmOutputOf(whole?.message) }
  }

  #asBlocks({ outputVersion = this.outputVersion }: this['ParsedCallOptions']): boolean {
    return outputVersion === 'v1'
  }

  #isRestricted(options: Partial<ChatAegisCallOptions>): boolean {
    const { dataClassification: level } = this.#taskFields(options)
    return level !== undefined && (!isDataClassification(level) || isRestricted(level))
  }

  #taskFields(options: Partial<ChatAegisCallOptions>) {
    const { taskTags } = options
    return joinTaskFields({ ...this.#fields, tags: this.#fields.taskTags }, { ...options, tags: taskTags })
  }

  #taskOf(messages: readonly BaseMessage[], options: this['ParsedCallOptions']): LLMTask {
    const own = this.#fields
    const maxTokens = options.maxTokens ?? own.maxTokens
    const temperature = options.temperature ?? own.temperature
    const stop = options.stop ?? own.stop
    const parameters = { ...own.parameters, ...options.parameters }
    const tools = options.tools ? toTools(options.tools) : []
    const toolChoice = toToolChoice(options.tool_choice)
    return {
      ...this.#taskFields(options),
      messages: toChatMessages(messages),
      ...(tools.length === 0 ? {} : { tools, ...(toolChoice === undefined ? {} : { toolChoice }) }),
      ...(options.response_format === undefined ? {} : { responseFormat: options.response_format }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(stop === undefined || stop.length === 0 ? {} : { stop }),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
      ...(options.signal ? { signal: options.signal } : {}),
    }
  }
}

/** LangChain keeps what its constructor gets, and may print it. */
function withoutSecrets({ proxy: _, apiKey: __, headers: ___, fetch: ____, ...rest }: ChatAegisFields) {
  return { maxRetries: 0, ...rest } as BaseChatModelParams
}

function llmOutputOf(message: BaseMessage | undefined): Pick<ChatResult, 'llmOutput'> {
  const { usage_metadata: usage } = (message ?? {}) as { readonly usage_metadata?: UsageMetadata }
  if (!usage) return {}
  const { input_tokens: promptTokens, output_tokens: completionTokens, total_tokens: totalTokens } = usage
  return { llmOutput: { tokenUsage: { promptTokens, completionTokens, totalTokens } } }
}
