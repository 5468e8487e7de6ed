// Owns the translation of a library request into a Task.
import { ChatBody, type JsonObject } from '../domain/chat-body.ts'
import { checkChat } from '../domain/check-chat.ts'
import { checkEmbedding } from '../domain/check-embedding.ts'
import { isDataClassification } from '../domain/data-classification.ts'
import { EmbeddingBody } from '../domain/embedding-body.ts'
import { AegisError } from '../domain/errors.ts'
import { scanMembers } from '../domain/json-members.ts'
import type { EmbedTask, LLMTask, TaskSettings } from '../domain/llm-task.ts'
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

const knownSettings = [
  'dataClassification',
  'qualityRequirement',
  'complexity',
  'batchSize',
  'modelLocal',
  'modelCloud',
  'modelOpenai',
  'model',
  'user',
  'session',
  'tags',
  'timeoutMs',
  'signal',
] as const
const chatMembers = ['prompt', 'messages', 'tools', 'responseFormat', 'maxTokens', 'temperature', 'stop'] as const
const embedMembers = ['input', 'dimensions'] as const

/** @throws AegisError `invalid_request` naming the member, `unknown_model`. A misspelt member is never ignored. */
export function taskOf(input: LLMTask, context: TaskContext): Task {
  checkSettings(input, chatMembers)
  const { maxTokens } = input
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && maxTokens >= 1))
    throw wrong('maxTokens', 'must be a whole number of at least 1')
  const view = bodyOf(input, context.stream)
  checkChat(view)
  const bytes = Buffer.from(JSON.stringify(view))
  return taskWith(new ChatBody(bytes, view, scanMembers(bytes).members), input, context)
}

/** The same for an embedding. @throws AegisError `invalid_request` naming the member, `unknown_model` */
export function embeddingTaskOf(input: EmbedTask, context: TaskContext): Task {
  checkSettings(input, embedMembers)
  const { model = 'auto', dimensions, user } = input
  const view = {
    model,
    input: input.input,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(user === undefined ? {} : { user }),
  }
  checkEmbedding(view)
  const bytes = Buffer.from(JSON.stringify(view))
  return taskWith(new EmbeddingBody(bytes, view, scanMembers(bytes).members), input, context)
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
    model: input.model ?? 'auto',
    messages,
    ...(input.tools ? { tools: input.tools } : {}),
    ...(input.responseFormat ? { response_format: input.responseFormat } : {}),
    ...(input.maxTokens === undefined ? {} : { max_tokens: input.maxTokens }),
    ...(input.temperature === undefined ? {} : { temperature: input.temperature }),
    ...(input.stop === undefined ? {} : { stop: input.stop }),
    ...(input.user === undefined ? {} : { user: input.user }),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
  return body as unknown as JsonObject
}

function hintsOf(input: TaskSettings): Task['hints'] {
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
