/** Owns many large requests at once: each on a connection of its own, all sent before the first is answered. */
import { Agent, request as httpRequest } from 'node:http'
import { type ChatRequest, chatBody } from './chat-request.ts'

const TIMEOUT_MS = 60_000

/** How many requests ended with each status; "error" for those without an answer. */
export type Outcomes = Readonly<Record<string, number>>

export async function postLargeBodies(
  port: number,
  request: ChatRequest,
  count: number,
  bodyBytes: number,
): Promise<Outcomes> {
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const body = Buffer.from(chatBody(request.model, bodyBytes))
  const statuses = await Promise.all(Array.from({ length: count }, () => postOne(port, request, body, agent)))
  agent.destroy()
  const outcomes: Record<string, number> = {}
  for (const status of statuses) outcomes[status] = (outcomes[status] ?? 0) + 1
  return outcomes
}

function postOne(port: number, request: ChatRequest, body: Buffer, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = httpRequest({
      host: '127.0.0.1',
      port,
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { ...request.headers, 'content-length': body.length },
      agent,
    })
    const overdue = setTimeout(() => outgoing.destroy(new Error('overdue')), TIMEOUT_MS)
    const finish = (status: string) => {
      clearTimeout(overdue)
      resolve(status)
    }
    outgoing.on('response', (incoming) => {
      incoming.resume()
      incoming.on('end', () => finish(`${incoming.statusCode}`))
      incoming.on('error', () => finish('error'))
    })
    outgoing.on('error', () => finish('error'))
    outgoing.end(body)
  })
}
