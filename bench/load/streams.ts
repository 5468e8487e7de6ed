/** Owns reading streamed answers and what can go wrong with a frame on its way: lost, split, late. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { type ChatRequest, streamBody } from './chat-request.ts'

/** One stream as its client saw it. Times are of the monotonic clock that all processes on the machine share. */
export interface StreamReading {
  /** From sending the request to the first frame, ms. */
  readonly firstFrameMs: number
  readonly firstFrameAtMs: number
  readonly endedAtMs: number
  readonly lost: number
  /** Pieces of the body that ended inside a frame. */
  readonly split: number
  /** From the upstream's write to the client's read, per frame, ms. */
  readonly transitMs: readonly number[]
  /** By how much the gap before a frame differs from the gap at which it was sent, us, without sign. */
  readonly gapErrorMicros: readonly number[]
}

const STREAM_TIMEOUT_MS = 30_000
const CONTENT = /"content":\s*"(\d{4}) (\d+) "/g

/** An agent that opens as many connections as there are requests and keeps them. */
export function streamAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 1_024 })
}

/** Reads one stream of `frames` frames frame by frame. Rejects on an answer that is no stream. */
export async function readStream(
  port: number,
  request: ChatRequest,
  frames: number,
  agent: Agent,
): Promise<StreamReading> {
  const startMs = nowMs()
  const incoming = await openStream(port, request, frames, agent)
  const transitMs: number[] = []
  const gapErrorMicros: number[] = []
  let firstFrameAtMs = 0
  let split = 0
  let previous: { readMs: number; sentMs: number } | undefined
  let pending = ''
  await untilEnd(incoming, (chunk) => {
    const readMs = nowMs()
    if (firstFrameAtMs === 0) firstFrameAtMs = readMs
    pending += chunk.toString('latin1')
    const complete = pending.lastIndexOf('\n\n') + 2
    if (complete !== pending.length) split += 1
    for (const match of pending.slice(0, complete).matchAll(CONTENT)) {
      const sentMs = Number(match[2]) / 1e6
      transitMs.push(readMs - sentMs)
      if (previous) gapErrorMicros.push(Math.abs(readMs - previous.readMs - (sentMs - previous.sentMs)) * 1_000)
      previous = { readMs, sentMs }
    }
    pending = pending.slice(complete)
  })
  return {
    firstFrameMs: firstFrameAtMs - startMs,
    firstFrameAtMs,
    endedAtMs: nowMs(),
    lost: frames - transitMs.length,
    split,
    transitMs,
    gapErrorMicros,
  }
}

/** Reads one stream and looks at nothing but its end. Rejects when it ends early. */
export async function drainStream(port: number, request: ChatRequest, frames: number, agent: Agent): Promise<void> {
  const incoming = await openStream(port, request, frames, agent)
  let tail = ''
  await untilEnd(incoming, (chunk) => {
    tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - 16))).slice(-16)
  })
  if (!tail.includes('[DONE]')) throw new Error('a stream ended without [DONE]')
}

function openStream(port: number, request: ChatRequest, frames: number, agent: Agent): Promise<IncomingMessage> {
  const body = streamBody(request.model, frames)
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      host: '127.0.0.1',
      port,
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { ...request.headers, 'content-length': body.length },
      agent,
      timeout: STREAM_TIMEOUT_MS,
    })
    outgoing.on('response', (incoming) => {
      if (incoming.statusCode === 200) resolve(incoming)
      else reject(new Error(`a stream was answered with status ${incoming.statusCode}`))
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('a stream stood still')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function untilEnd(incoming: IncomingMessage, onChunk: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    incoming.on('data', onChunk)
    incoming.on('end', resolve)
    incoming.on('error', reject)
  })
}

/** CLOCK_MONOTONIC in ms, the clock the upstream stamps its frames with. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
