// Owns the step from a request for a response to a Task: the same chat as every other surface, with the history in front.
import { ChatBody, type JsonObject, type JsonValue } from '../../../domain/chat-body.ts'
import { checkChat } from '../../../domain/check-chat.ts'
import { type DataClassification, isRestricted, join } from '../../../domain/data-classification.ts'
import type { EditableBody } from '../../../domain/edit-members.ts'
import { AegisError } from '../../../domain/errors.ts'
import { scanMembers } from '../../../domain/json-members.ts'
import type { OnlyThere } from '../../../domain/responses-body.ts'
import type { Task } from '../../../domain/task.ts'
import { readModel } from '../../../policy/model-choice.ts'
import { readHints } from '../../read-hints.ts'
import type { ChatContext } from '../decode-chat.ts'
import { ChatOfItems } from './messages-of-items.ts'
import { nativeResponse } from './native-response.ts'
import { toolsOf } from './tools-of-response.ts'
import { isAbsent, isObject, type ResponseItem, type TellOnlyThere, wrong } from './wire.ts'

/** What came before, in its order, and the level under which it was answered. */
export interface History {
  readonly items: readonly ResponseItem[]
  readonly classification: DataClassification
  /** Names of the providers that wrote responses of it in their own words. */
  readonly sealedBy: readonly string[]
}

/** The request's own input, with items in place of references. */
export interface OwnInput extends History {
  readonly hasReferences: boolean
}

export interface DecodedResponse {
  readonly task: Task
  readonly input: readonly ResponseItem[]
  /** Whether it is to be kept. */
  readonly store: boolean
}

/** Members that are read here, or that a chat has not; all others are passed on as a chat has them. */
const ownMembers = new Set([
  ...['input', 'instructions', 'previous_response_id', 'store', 'text', 'reasoning', 'max_output_tokens', 'include'],
  ...['truncation', 'background', 'conversation', 'prompt', 'tools', 'tool_choice', 'aegis', 'stream_options'],
  ...['max_tool_calls', 'top_logprobs', 'metadata', 'stream', 'context_management', 'access_programs', 'image'],
])

/** The response whose history a request goes on with. @throws AegisError */
export function previousOf({ previous_response_id: id }: JsonObject): string | undefined {
  if (isAbsent(id)) return undefined
  if (typeof id !== 'string' || id === '') throw wrong('previous_response_id', 'must be the id of a response')
  return id
}

/**
 * @param history what comes before the input; undefined when nothing does.
 * @throws AegisError `invalid_request` for what nobody can do who may be asked, or `unknown_model`.
 */
export function decodeResponse(
  given: EditableBody & { readonly view: JsonObject },
  input: OwnInput,
  history: History | undefined,
  context: ChatContext,
): DecodedResponse {
  const { view } = given
  refuseUnsayable(view)
  const beyond = new BeyondChat(context.providers.some(({ responses }) => responses))
  const conversation = new ChatOfItems()
  conversation.add(history?.items ?? [], () => 'previous_response_id', beyond.leaveOut)
  const pathOf = (index: number) => (typeof view.input === 'string' ? 'input' : `input[${index}]`)
  conversation.add(input.items, pathOf, beyond.tell)
  const chat = chatOf(view, conversation, beyond)
  checkAsResponse(chat)
  const canonical = Buffer.from(JSON.stringify(chat))
  const hints = readHints(view.aegis, context.rawHeaders)
  const classification = join(history?.classification ?? 'public', input.classification)
  const native = beyond.isPossible ? nativeResponse(given, input, history, beyond) : undefined
  const task: Task = {
    id: context.requestId,
    receivedAtMs: context.receivedAtMs,
    endpoint: context.endpoint,
    timeoutMs: context.timeoutMs,
    model: readModel(view.model, context.providers),
    // What was restricted stays so: whoever goes on with it is at least that restricted.
    hints: isRestricted(classification)
      ? { ...hints, dataClassification: join(hints.dataClassification ?? 'public', classification) }
      : hints,
    body: new ChatBody(canonical, chat, scanMembers(canonical).members, native),
    keyId: context.keyId,
    retriesItself: context.retriesItself,
    user: typeof view.user === 'string' ? view.user.slice(0, 256) : undefined,
  }
  return { task, input: input.items, store: view.store !== false }
}

/** What a request holds that a chat has no words for. */
export class BeyondChat {
  /** Whether any provider has the route that understands it. */
  readonly isPossible: boolean
  isMore = false
  onlyThere: OnlyThere | undefined

  constructor(isPossible: boolean) {
    this.isPossible = isPossible
  }

  /** Of the request itself, which then needs that route. */
  readonly tell: TellOnlyThere = (refusal) => {
    if (!this.isPossible) throw refusal
    this.isMore = true
    this.onlyThere ??= { param: refusal.param ?? '', message: refusal.message }
  }

  /** Of what came before: whoever goes on with it does so without. */
  readonly leaveOut: TellOnlyThere = () => {
    this.isMore = true
  }
}

function refuseUnsayable(view: JsonObject): void {
  if (view.background === true) throw wrong('background', 'is not supported: stream the response, or send a batch')
  for (const name of ['conversation', 'prompt']) {
    if (!isAbsent(view[name])) throw wrong(name, 'lives at OpenAI and is not supported: send the input itself')
  }
  const { store, truncation, instructions } = view
  if (!isAbsent(store) && typeof store !== 'boolean') throw wrong('store', 'must be true or false')
  if (!isAbsent(truncation) && truncation !== 'auto' && truncation !== 'disabled')
    throw wrong('truncation', 'must be auto or disabled')
  if (!isAbsent(instructions) && typeof instructions !== 'string') throw wrong('instructions', 'must be a text')
}

/** The input as items. @throws AegisError */
export function inputOf(input: JsonValue | undefined): readonly ResponseItem[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  if (isAbsent(input)) throw wrong('input', 'is missing: send a text or a list of items')
  if (!Array.isArray(input)) throw wrong('input', 'must be a text or a list of items')
  for (const [index, item] of input.entries()) if (!isObject(item)) throw wrong(`input[${index}]`, 'must be an object')
  return input as readonly ResponseItem[]
}

function chatOf(view: JsonObject, conversation: ChatOfItems, beyond: BeyondChat): JsonObject {
  const rest = Object.fromEntries(Object.entries(view).filter(([name]) => !ownMembers.has(name)))
  const { instructions, max_output_tokens: cap } = view
  const opening =
    typeof instructions === 'string' && instructions !== '' ? [{ role: 'system', content: instructions }] : []
  const { messages } = conversation
  const turns = conversation.turns(opening.length)
  // A chat has at least one message, also where all items are of another kind.
  const said = messages.length === 0 && beyond.onlyThere ? [{ role: 'user', content: '' }] : messages
  return {
    model: 'auto',
    ...rest,
    messages: [...opening, ...said],
    ...(isAbsent(view.stream) ? {} : { stream: view.stream }),
    ...(view.stream === true ? streamOptionsOf(view.stream_options) : {}),
    ...(isAbsent(cap) ? {} : { max_completion_tokens: cap }),
    ...toolsOf(view, beyond.tell),
    ...formatOf(view.text),
    ...effortOf(view.reasoning),
    ...logprobsOf(view),
    ...(turns.length > 0 ? { aegis: { turns: turns as unknown as JsonValue } } : {}),
  }
}

function streamOptionsOf(given: JsonValue | undefined): JsonObject {
  if (!isAbsent(given) && !isObject(given)) throw wrong('stream_options', 'must be an object')
  return { stream_options: { ...given, include_usage: true } }
}

function formatOf(text: JsonValue | undefined): JsonObject {
  if (isAbsent(text)) return {}
  if (!isObject(text)) throw wrong('text', 'must be an object')
  const { format, verbosity } = text
  const verbose = isAbsent(verbosity) ? {} : { verbosity }
  if (isAbsent(format)) return verbose
  if (!isObject(format)) throw wrong('text.format', 'must be an object with a type')
  const { type, ...schema } = format
  switch (type) {
    case 'text':
      return verbose
    case 'json_object':
      return { ...verbose, response_format: { type } }
    case 'json_schema':
      return { ...verbose, response_format: { type, json_schema: schema } }
    default:
      throw wrong('text.format.type', 'must be text, json_object or json_schema')
  }
}

function effortOf(reasoning: JsonValue | undefined): JsonObject {
  if (isAbsent(reasoning)) return {}
  if (!isObject(reasoning)) throw wrong('reasoning', 'must be an object')
  return isAbsent(reasoning.effort) ? {} : { reasoning_effort: reasoning.effort }
}

/** What `include` asks of tools that are not here, and of sealed reasoning, is empty anyway. */
function logprobsOf({ include, top_logprobs: top }: JsonObject): JsonObject {
  const asked = Array.isArray(include) && include.includes('message.output_text.logprobs')
  const most = typeof top === 'number' && top > 0
  if (!isAbsent(top) && typeof top !== 'number') throw wrong('top_logprobs', 'must be a number')
  return { ...(asked || most ? { logprobs: true } : {}), ...(most ? { top_logprobs: top } : {}) }
}

/** What a member of the chat is called by those who sent it here. */
const responseNames: Readonly<Record<string, string>> = {
  max_completion_tokens: 'max_output_tokens',
  response_format: 'text.format',
  messages: 'input',
}

function checkAsResponse(chat: JsonObject): void {
  try {
    checkChat(chat)
  } catch (error) {
    const name = error instanceof AegisError ? responseNames[error.param ?? ''] : undefined
    if (!(error instanceof AegisError) || name === undefined) throw error
    throw new AegisError(error.code, error.message.replace(error.param ?? '', name), { param: name })
  }
}
