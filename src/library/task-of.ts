// Owns the translation of a library request into a Task.
import { ChatBody, type JsonObject } from '../domain/chat-body.ts'
import { checkChat } from '../domain/check-chat.ts'
import { checkEmbedding } from '../domain/check-embedding.ts'
import { isDataClassification } from '../domain/data-classification.ts'
import { EmbeddingBody } from '../domain/embedding-body.ts'
import { AegisError } from '../domain/errors.ts'
import { scanMembers } from '../domain/json-members.ts'
import { type EmbedTask, type LLMTask, type TaskSettings, taskSettingNames } from '../domain/llm-task.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { RequestBody } from '../domain/request-body.ts'
import { complexities, qualityRequirements, type Task } from '../domain/task.ts'
import { readModel } from '../policy/model-choice.ts'

export interface TaskContext {
  readonly requestId: string
  readonly receivedAtMs: number
  readonly timeoutMs: number
  readonly stream: boolean
  readonly providers: readonly ProviderRef[]
}

const knownSettings = [...taskSettingNames, 'signal'] as const
const chatMembers = [
  'prompt',
  'messages',
  'tools',
  'toolChoice',
  'responseFormat',
  'maxTokens',
  'temperature',
  'stop',
  'parameters',
] as const
const embedMembers = ['input', 'dimensions'] as const

/** @throws AegisError `invalid_request` naming the member, `unknown_model`. A misspelt member is never ignored. */
export function taskOf(input: LLMTask, context: TaskContext): Task {
  const view = chatViewOf(input, context.stream)
  const bytes = Buffer.from(JSON.stringify(view))
  return taskWith(new ChatBody(bytes, view, scanMembers(bytes).members), input, context)
}

/** The same for an embedding. @throws AegisError `invalid_request` naming the member, `unknown_model` */
export function embeddingTaskOf(input: EmbedTask, context: TaskContext): Task {
  const view = embeddingViewOf(input)
  const bytes = Buffer.from(JSON.stringify(view))
  return taskWith(new EmbeddingBody(bytes, view, scanMembers(bytes).members), input, context)
}

/** The request in OpenAI's shape. @throws AegisError `invalid_request` naming the member */
export function chatViewOf(input: LLMTask, stream: boolean): JsonObject {
  checkSettings(input, chatMembers)
  const { maxTokens } = input
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && maxTokens >= 1))
    throw wrong('maxTokens', 'must be a whole number of at least 1')
  const view = bodyOf(input, stream)
  checkChat(view)
  return view
}

/** The same for an embedding. @throws AegisError `invalid_request` naming the member */
export function embeddingViewOf(input: EmbedTask): JsonObject {
  checkSettings(input, embedMembers)
  const { model = 'auto', dimensions, user } = input
  const view = {
    model,
    input: input.input,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(user === undefined ? {} : { user }),
  }
  checkEmbedding(view)
  return view
}

function taskWith(body: RequestBody, input: TaskSettings, context: TaskContext): Task {
  return {
    id: context.requestId,
    receivedAtMs: context.receivedAtMs,
    timeoutMs: input.timeoutMs ?? context.timeoutMs,
    model: readModel(input.model, context.providers),
    hints: hintsOf(input),
    body,
    user: input.user,
  }
}

/** The longest time that a timer can wait, in milliseconds: 24.8 days. */
const LONGEST_TIMEOUT_MS = 2_147_483_647

const texts = ['user', 'session', 'modelLocal', 'modelCloud', 'modelOpenai'] as const

/** The members that are not checked as part of the body. */
function checkSettings(input: TaskSettings, bodyMembers: readonly string[]): void {
  for (const name of Object.keys(input)) {
    if (!bodyMembers.includes(name) && !knownSettings.some((one) => one === name))
      throw wrong(name, 'is not a member of a task')
  }
  const { timeoutMs, tags, signal } = input
  for (const name of texts) {
    const value: unknown = input[name]
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw wrong(name, 'must be a text')
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 1 && timeoutMs <= LONGEST_TIMEOUT_MS))
    throw wrong('timeoutMs', `must be a number from 1 to ${LONGEST_TIMEOUT_MS}`)
  if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')))
    throw wrong('tags', 'must be a list of texts')
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw wrong('signal', 'must be an AbortSignal')
}

function bodyOf(input: LLMTask, stream: boolean): JsonObject {
  if ((input.prompt === undefined) === (input.messages === undefined))
    throw wrong('prompt', 'or messages must be given, not both')
  if (input.prompt !== undefined && typeof input.prompt !== 'string') throw wrong('prompt', 'must be a text')
  const messages = input.messages ?? [{ role: 'user', content: input.prompt ?? '' }]
  const body = {
    ...checkParameters(input.parameters),
    model: input.model ?? 'auto',
    messages,
    ...(input.tools ? { tools: input.tools } : {}),
    ...(input.toolChoice === undefined ? {} : { tool_choice: input.toolChoice }),
    ...(input.responseFormat ? { response_format: input.responseFormat } : {}),
    ...(input.maxTokens === undefined ? {} : { max_tokens: input.maxTokens }),
    ...(input.temperature === undefined ? {} : { temperature: input.temperature }),
    ...(input.stop === undefined ? {} : { stop: input.stop }),
    ...(input.user === undefined ? {} : { user: input.user }),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
  return body as unknown as JsonObject
}

/** Members of OpenAI's request that a task has a name for, or that are not the caller's. */
const namedElsewhere: Readonly<Record<string, string>> = {
  ...{ messages: 'messages', tools: 'tools', tool_choice: 'toolChoice', response_format: 'responseFormat' },
  ...{ max_tokens: 'maxTokens', max_completion_tokens: 'maxTokens', temperature: 'temperature', stop: 'stop' },
  ...{ model: 'model', user: 'user', aegis: 'dataClassification', stream: 'stream()', stream_options: 'stream()' },
}

function checkParameters(parameters: LLMTask['parameters']): JsonObject {
  if (parameters === undefined) return {}
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
    throw wrong('parameters', 'must be an object')
  for (const name of Object.keys(parameters)) {
    const own = Object.hasOwn(namedElsewhere, name) ? namedElsewhere[name] : undefined
    if (own !== undefined) throw wrong(`parameters.${name}`, `has a place of its own: ${own}`)
  }
  return parameters
}

/** What a task says of itself. @throws AegisError `invalid_request` naming the member */
export function hintsOf(input: TaskSettings): Task['hints'] {
  const {
    dataClassification,
    qualityRequirement,
    complexity,
    batchSize,
    session,
    tags,
    modelLocal,
    modelCloud,
    modelOpenai,
  } = input
  if (dataClassification !== undefined && !isDataClassification(dataClassification)) {
    throw wrong('dataClassification', 'must be one of public, internal, confidential, pii, hipaa')
  }
  if (qualityRequirement !== undefined && !qualityRequirements.includes(qualityRequirement)) {
    throw wrong('qualityRequirement', `must be one of ${qualityRequirements.join(', ')}`)
  }
  if (complexity !== undefined && !complexities.includes(complexity))
    throw wrong('complexity', `must be one of ${complexities.join(', ')}`)
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize >= 1))
    throw wrong('batchSize', 'must be a whole number of at least 1')
  return {
    dataClassification,
    qualityRequirement,
    complexity,
    batchSize,
    session,
    tags,
    modelLocal,
    modelCloud,
    modelOpenai,
  }
}

function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param.slice(0, 60)} ${what}.`, { param: param.slice(0, 60) })
}
