// Owns POST /v1/chat/completions: decode, run, write.
import { addAnswerHeaders } from '../answer-headers.ts'
import { answerTask } from '../answer-task.ts'
import { bodyOf, type Exchange } from '../exchange.ts'
import { chatContext, decodeChat } from './decode-chat.ts'
import { STREAM_HEADERS, StreamWriter } from './stream-writer.ts'
import { writeCompletion } from './write-completion.ts'

export async function chatCompletions(exchange: Exchange): Promise<void> {
  const { reply } = exchange
  const body = bodyOf(exchange)
  const task = decodeChat(body instanceof Promise ? await body : body, chatContext(exchange))
  const answer = await answerTask(exchange, task)
  const { headers } = exchange
  if (answer.kind === 'stream') {
    addAnswerHeaders(headers, answer.facts, undefined)
    headers.push(...STREAM_HEADERS)
    reply.start(200, headers)
    new StreamWriter(reply, answer.stream, exchange.requestId).run()
    return
  }
  writeCompletion(exchange, answer)
}
