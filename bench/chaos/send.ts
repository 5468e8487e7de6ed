/** Owns one request of the load: sent, perhaps left, and what became of it. */
import type { JsonObject, JsonValue } from '../../src/testing/index.ts'
import { at } from '../../src/testing/raw-http.ts'
import { Ask, type Reply } from '../../test/e2e/client.ts'
import type { PlannedRequest, Route } from './requests.ts'

export interface Outcome {
  readonly request: PlannedRequest
  /** Of the monotonic clock. */
  readonly startedMs: number
  readonly endedMs: number
  /**
   * `answered` is whole, an error included; `broken` an answer that says that it is not whole, or whose connection broke;
   * `silently_short` one that ended as if it were whole and is not; `reset` no answer at all.
   */
  readonly end: 'answered' | 'broken' | 'silently_short' | 'reset' | 'left' | 'hung'
  readonly status: number
  /** The code of its error, wherever that stood. */
  readonly code: string | undefined
  readonly provider: string | undefined
  readonly location: string | undefined
  /** The end of the answer, for a counterexample. */
  readonly tail: string
}

/** Resolves in any case, at the latest when the patience is over. */
export async function sendRequest(url: string, request: PlannedRequest, patienceMs: number): Promise<Outcome> {
  const startedMs = performance.now()
  const ask = new Ask(`${url}${request.route}`, request.body, { headers: request.headers })
  const over = Promise.withResolvers<'left' | 'hung'>()
  const timers = [setTimeout(() => over.resolve('hung'), patienceMs)]
  if (request.leavesAfterMs !== undefined) timers.push(setTimeout(() => over.resolve('left'), request.leavesAfterMs))
  const first = await Promise.race([ask.reply.catch(() => 'reset' as const), over.promise])
  for (const timer of timers) clearTimeout(timer)
  const times = { request, startedMs, endedMs: performance.now() }
  if (typeof first !== 'string') return { ...times, ...readReply(first, request) }
  ask.leave()
  return {
    ...times,
    end: first,
    status: 0,
    code: undefined,
    provider: undefined,
    location: undefined,
    tail: ask.received.slice(-TAIL),
  }
}

const TAIL = 300

function readReply(reply: Reply, { route, stream }: PlannedRequest) {
  const last = stream && reply.status === 200 ? lastOf(reply.text) : reply.json
  const code = codeOf(last)
  const whole = code === undefined && (!stream || reply.status !== 200 || ends[route](reply.text, last))
  const failed = reply.status !== 200
  return {
    end: reply.ended === 'complete' && (whole || failed) ? 'answered' : endOf(reply, code),
    status: reply.status,
    code,
    provider: textOf(reply.headers['x-aegis-provider']),
    location: textOf(reply.headers['x-aegis-location']),
    tail: reply.text.slice(-TAIL),
  } as const
}

function endOf({ ended }: Reply, code: string | undefined): 'broken' | 'silently_short' {
  return ended === 'broken' || code !== undefined ? 'broken' : 'silently_short'
}

/** How each dialect says that a stream is whole. */
const ends: Readonly<Record<Route, (text: string, last: JsonObject) => boolean>> = {
  '/v1/chat/completions': (text) => text.includes('data: [DONE]'),
  '/v1/completions': (text) => text.includes('data: [DONE]'),
  '/v1/messages': (_, { type }) => type === 'message_stop',
  '/v1/responses': (_, { type }) => type === 'response.completed' || type === 'response.incomplete',
  '/v1/embeddings': () => true,
  '/api/chat': (_, { done }) => done === true,
}

/** The last object of a stream of events or lines. */
function lastOf(text: string): JsonObject {
  for (const line of text.trimEnd().split('\n').toReversed()) {
    const data = line.startsWith('data: ') ? line.slice('data: '.length) : line
    const value = parsed(data)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  }
  return {}
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

/** Ollama's errors are texts, with the code beside them. */
function codeOf(json: JsonObject): string | undefined {
  const code = at(json, 'error.code') ?? at(json, 'response.error.code') ?? json.code
  if (typeof code === 'string') return code
  return json.error === undefined || json.error === null ? undefined : 'without a code'
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
