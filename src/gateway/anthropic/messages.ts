// Owns POST /v1/messages: Anthropic's own wire, served by any provider.
import type { JsonObject } from '../../domain/chat-body.ts'
import type { CompletionAnswer } from '../../proxy/answer.ts'
import { addAnswerHeaders } from '../answer-headers.ts'
import { answerTask } from '../answer-task.ts'
import { bodyOf, type Exchange } from '../exchange.ts'
import { chatContext } from '../openai/decode-chat.ts'
import { decodeMessages } from './decode-messages.ts'
import { messageObject, type WireMessage } from './encode-message.ts'
import { MessageStreamWriter } from './message-stream-writer.ts'

export async function messages(exchange: Exchange): Promise<void> {
  const { reply, headers, requestId } = exchange
  const task = decodeMessages(await bodyOf(exchange), chatContext(exchange))
  const answer = await answerTask(exchange, task)
  headers.push('request-id', requestId)
  if (answer.kind === 'stream') {
    addAnswerHeaders(headers, answer.facts, undefined)
    headers.push('content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache')
    headers.push('x-accel-buffering', 'no')
    reply.start(200, headers)
    new MessageStreamWriter(reply, answer.stream, { requestId, model: answer.facts.model }).run()
    return
  }
  addAnswerHeaders(headers, answer.facts, answer.cost)
  headers.push('content-type', 'application/json')
  reply.send(200, headers, answer.wire === 'anthropic' ? answer.body : translated(answer, requestId))
}

function translated({ body, facts, usage, cost }: CompletionAnswer, requestId: string): Buffer {
  const completion = JSON.parse(body.toString('utf8')) as {
    choices?: { message?: WireMessage; finish_reason?: string | null }[]
    aegis?: JsonObject
  }
  const choice = completion.choices?.[0]
  const message = messageObject(
    { requestId, model: facts.model },
    {
      message: choice?.message ?? {},
      finishReason: choice?.finish_reason,
      ...{ usage, cost, aegis: completion.aegis },
    },
  )
  return Buffer.from(JSON.stringify(message))
}
