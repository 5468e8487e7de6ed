// The answers that a behaviour dictates whole, whatever the route would have said.
import { STATUS_CODES } from 'node:http'
import type { Behaviour } from './behaviour.ts'
import type { Dialect, Reply } from './reply.ts'
import { bodyText } from './reply.ts'

/** The reply that the behaviour dictates, or undefined when the route is to answer. */
export function scriptedReply(behaviour: Behaviour, dialect: Dialect, streams: boolean): Reply | undefined {
  if (behaviour.redirectTo !== undefined) return redirect(behaviour.redirectTo, behaviour.status ?? 307)
  const { rawBody, rawFrames } = behaviour
  if (rawFrames && (streams || rawBody === undefined)) return rawStream(rawFrames, behaviour, dialect)
  if (rawBody !== undefined) return rawAnswer(rawBody, behaviour)
  if (behaviour.status !== undefined && behaviour.status >= 400)
    return errorAnswer(behaviour.status, behaviour, dialect)
  return undefined
}

function redirect(location: string, status: number): Reply {
  return { kind: 'body', status, contentType: 'text/plain', body: '', headers: { location }, pieces: 0 }
}

function rawStream(rawFrames: readonly (string | Uint8Array)[], behaviour: Behaviour, dialect: Dialect): Reply {
  return {
    kind: 'stream',
    contentType: behaviour.contentType ?? dialect.streamContentType,
    frames: rawFrames.map((bytes) => ({ kind: 'output', bytes, weight: bytes.length })),
    raw: true,
  }
}

function rawAnswer(body: string | Uint8Array, behaviour: Behaviour): Reply {
  const contentType = behaviour.contentType ?? 'application/json'
  return { kind: 'body', status: behaviour.status ?? 200, contentType, body, pieces: 0 }
}

function errorAnswer(status: number, behaviour: Behaviour, dialect: Dialect): Reply {
  const body = bodyText(behaviour.errorBody ?? dialect.errorBody(status))
  return { kind: 'body', status, contentType: behaviour.contentType ?? 'application/json', body, pieces: 0 }
}

/** The usual words for an error that a test asked for. */
export function simulatedErrorMessage(status: number): string {
  return `simulated error: ${STATUS_CODES[status] ?? status}`
}
