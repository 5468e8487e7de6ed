// Owns POST /v1/chat/completions: decode, run, write.
import { runTask } from '../../proxy/run-task.ts'
import { answerHeaders } from '../answer-headers.ts'
import { bodyOf, type Exchange } from '../exchange.ts'
import { chatContext, decodeChat } from './decode-chat.ts'
import { StreamWriter } from './stream-writer.ts'

const STREAM_HEADERS = [
  'content-type',
  'text/event-stream; charset=utf-8',
  'cache-control',
  'no-cache',
  'x-accel-buffering',
  'no',
] as const

export async function chatCompletions(exchange: Exchange): Promise<void> {
  const { response, cancellation, deps } = exchange
  const task = decodeChat(await bodyOf(exchange), chatContext(exchange))
  const answer = await runTask(task, deps.proxy, cancellation)
  if (answer.kind === 'stream') {
    response.writeHead(200, [...exchange.headers, ...answerHeaders(answer.facts, undefined), ...STREAM_HEADERS])
    new StreamWriter(response, answer.stream, exchange.requestId).run()
    return
  }
  const { body, facts, cost } = answer
  const headers = [
    ...exchange.headers,
    ...answerHeaders(facts, cost),
    'content-type',
    'application/json',
    'content-length',
    String(body.length),
  ]
  response.writeHead(200, headers)
  response.end(body)
}
