// Owns POST /v1/chat/completions: decode, run, write.
import type { ServerResponse } from 'node:http'
import { runTask } from '../../proxy/run-task.ts'
import { answerHeaders } from '../answer-headers.ts'
import type { Exchange } from '../exchange.ts'
import { chatContext, decodeChat } from './decode-chat.ts'
import { StreamWriter } from './stream-writer.ts'

export async function chatCompletions(exchange: Exchange): Promise<void> {
  const { response, cancellation, deps } = exchange
  const task = decodeChat(await exchange.readBody(), chatContext(exchange))
  const answer = await runTask(task, deps.proxy, cancellation)
  if (answer.kind === 'stream') {
    response.writeHead(200, {
      ...exchange.headers,
      ...answerHeaders(answer.facts, undefined),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    })
    new StreamWriter(response, answer.stream, exchange.requestId).run()
    return
  }
  const headers = { ...exchange.headers, ...answerHeaders(answer.facts, answer.cost) }
  writeJson(response, headers, answer.body)
}

function writeJson(response: ServerResponse, headers: Record<string, string>, body: Buffer): void {
  response.writeHead(200, { ...headers, 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}
