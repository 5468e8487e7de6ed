/** Owns one unmeasured chat request: readiness, and the check that a lane goes where it is meant to go. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { type ChatRequest, chatBody } from './chat-request.ts'

export interface ChatAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const TIMEOUT_MS = 5_000

/** A connection of its own per request. Rejects when there is no connection or no whole answer in 5 s. */
export function postChat(
  port: number,
  request: ChatRequest,
  body: string = chatBody(request.model),
): Promise<ChatAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { ...request.headers, connection: 'close' },
        agent: false,
        timeout: TIMEOUT_MS,
      },
      (incoming) => {
        let answer = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (text: string) => {
          answer += text
        })
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: answer }))
        incoming.on('error', reject)
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
