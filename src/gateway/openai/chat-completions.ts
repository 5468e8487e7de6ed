// Owns POST /v1/chat/completions: decode, run, write.
import { runTask } from '../../proxy/run-task.ts'
import { addAnswerHeaders } from '../answer-headers.ts'
import { bodyOf, type Exchange } from '../exchange.ts'
import { chatContext, decodeChat } from './decode-chat.ts'
import { StreamWriter } from './stream-writer.ts'
import { writeCompletion } from './write-completion.ts'

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
  const { headers } = exchange
  if (answer.kind === 'stream') {
    addAnswerHeaders(headers, answer.facts, undefined)
    headers.push(...STREAM_HEADERS)
    response.writeHead(200, headers)
    new StreamWriter(response, answer.stream, exchange.requestId).run()
    return
  }
  writeCompletion(exchange, answer)
}
