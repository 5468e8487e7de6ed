/** Owns how the benchmark finds a free loopback port and knows that a server on it answers. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { ChatRequest } from '../load/chat-request.ts'
import { type ChatAnswer, postChat } from '../load/post-chat.ts'
import type { Child } from './children.ts'

const READY_TIMEOUT_MS = 20_000

/** A server did not come up, or answers wrongly; the message holds the end of its output. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError'
}

/** A loopback TCP port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return address.port
}

/**
 * Asks until the first 200 and returns that answer.
 * @throws {NotReadyError} when the process ends or 20 s pass before.
 */
export async function untilAnswers(
  child: Child,
  port: number,
  request: ChatRequest,
  everyMs = 20,
): Promise<ChatAnswer> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  let last = 'no connection'
  while (performance.now() < deadline && !child.hasExited()) {
    try {
      const answer = await postChat(port, request)
      if (answer.status === 200) return answer
      last = `status ${answer.status}: ${answer.body.slice(0, 500)}`
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  const state = child.hasExited() ? 'ended' : `gave no 200 within ${READY_TIMEOUT_MS / 1000} s`
  throw new NotReadyError(`${child.name} ${state} (last: ${last})\n${child.output().trimEnd()}`)
}
