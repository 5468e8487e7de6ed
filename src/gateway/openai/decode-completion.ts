// Owns the step from a legacy completion to Tasks: each prompt becomes a chat of one user message (0021).
import { ChatBody, type JsonObject, type JsonValue } from '../../domain/chat-body.ts'
import { checkChat } from '../../domain/check-chat.ts'
import { AegisError } from '../../domain/errors.ts'
import { scanMembers } from '../../domain/json-members.ts'
import type { Task } from '../../domain/task.ts'
import { readModel } from '../../policy/model-choice.ts'
import { parseJsonObject } from '../parse-json.ts'
import { readHints } from '../read-hints.ts'
import type { ChatContext } from './decode-chat.ts'

/** The API's own default (https://platform.openai.com/docs/api-reference/completions/create). */
const DEFAULT_MAX_TOKENS = 16

/** More are a batch, which has a route of its own. */
const MOST_PROMPTS = 64
const MOST_LOGPROBS = 5

export interface DecodedCompletion {
  readonly tasks: readonly [Task, ...Task[]]
  readonly stream: boolean
  /** Answers to each prompt. */
  readonly choices: number
}

/** @throws AegisError `invalid_request` for what a chat cannot say, or `unknown_model`. */
export function decodeCompletion(bytes: Buffer, context: ChatContext): DecodedCompletion {
  const { view } = parseJsonObject(bytes)
  refuseUnsayable(view)
  const prompts = promptsOf(view.prompt)
  if (prompts.length > 1 && view.stream === true)
    throw wrong('prompt', 'must be one text in a stream: send a request for each')
  const shared = sharedMembers(view)
  const model = readModel(view.model, context.providers)
  const hints = readHints(view.aegis, context.rawHeaders)
  const [first, ...others] = prompts.map((prompt, index): Task => {
    const chat: JsonObject = { ...shared, messages: [{ role: 'user', content: prompt }] }
    checkChat(chat)
    const canonical = Buffer.from(JSON.stringify(chat))
    return {
      id: index === 0 ? context.requestId : `${context.requestId}.${index}`,
      receivedAtMs: context.receivedAtMs,
      endpoint: context.endpoint,
      timeoutMs: context.timeoutMs,
      model,
      hints,
      body: new ChatBody(canonical, chat, scanMembers(canonical).members),
      keyId: context.keyId,
      retriesItself: context.retriesItself,
      user: typeof view.user === 'string' ? view.user.slice(0, 256) : undefined,
    }
  })
  if (!first) throw wrong('prompt', 'must not be an empty list')
  return { tasks: [first, ...others], stream: view.stream === true, choices: first.body.choices }
}

function refuseUnsayable(view: JsonObject): void {
  const { suffix, echo, best_of: bestOf, n, logprobs } = view
  const instead = 'a chat has no such thing, and this route is served as one'
  if (typeof suffix === 'string' && suffix !== '') throw wrong('suffix', `is not supported: ${instead}`)
  if (echo === true) throw wrong('echo', 'is not supported: put the prompt in front of the answer yourself')
  const choices = typeof n === 'number' ? n : 1
  if (typeof bestOf === 'number' && bestOf !== choices)
    throw wrong('best_of', 'is not supported unless it equals n: ask for n answers and choose among them')
  const isCount = typeof logprobs === 'number' && Number.isInteger(logprobs) && logprobs >= 0
  if (!isAbsent(logprobs) && !(isCount && logprobs <= MOST_LOGPROBS))
    throw wrong('logprobs', `must be a whole number from 0 to ${MOST_LOGPROBS}`)
  if (!isAbsent(view.messages)) throw wrong('messages', 'belongs to /v1/chat/completions; send a prompt here')
}

function promptsOf(prompt: JsonValue | undefined): readonly string[] {
  if (isAbsent(prompt)) throw wrong('prompt', 'is missing: send a text, or a list of texts')
  if (typeof prompt === 'string') return [filled(prompt, 'prompt')]
  if (!Array.isArray(prompt)) throw wrong('prompt', 'must be a text, or a list of texts')
  if (prompt.length > MOST_PROMPTS)
    throw wrong('prompt', `must have at most ${MOST_PROMPTS} texts; send more as a batch`)
  return prompt.map((one: JsonValue, index) => {
    if (typeof one === 'string') return filled(one, `prompt[${index}]`)
    const isTokens = typeof one === 'number' || Array.isArray(one)
    throw wrong(
      `prompt[${index}]`,
      isTokens ? "must be a text: tokens mean something to one model's reader only" : 'must be a text',
    )
  })
}

function filled(text: string, param: string): string {
  if (text === '') throw wrong(param, 'must not be empty')
  return text
}

/** Members that are read here, or mean nothing to a chat. All others are passed on. */
const ownMembers = new Set(['prompt', 'suffix', 'echo', 'best_of', 'logprobs', 'aegis'])

function sharedMembers(view: JsonObject): JsonObject {
  const rest = Object.fromEntries(Object.entries(view).filter(([name]) => !ownMembers.has(name)))
  const { logprobs } = view
  const asked =
    typeof logprobs === 'number' ? { logprobs: true, ...(logprobs > 0 ? { top_logprobs: logprobs } : {}) } : {}
  const isCapped = !isAbsent(view.max_tokens) || !isAbsent(view.max_completion_tokens)
  return { model: 'auto', ...rest, ...asked, ...(isCapped ? {} : { max_tokens: DEFAULT_MAX_TOKENS }) }
}

function isAbsent(value: JsonValue | undefined): value is undefined | null {
  return value === undefined || value === null
}

function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}
