// Owns POST /api/chat: Ollama's own wire, served by any provider.
import { usdNumber } from '../../domain/money.ts'
import type { Answer, CompletionAnswer } from '../../proxy/answer.ts'
import { addAnswerHeaders } from '../answer-headers.ts'
import { answerTask } from '../answer-task.ts'
import { bodyOf, type Exchange } from '../exchange.ts'
import { chatContext } from '../openai/decode-chat.ts'
import { decodeOllamaChat } from './decode-chat.ts'
import { chatObject, doneMembers, logprobsOf, type ReplyObject, type WireChoice } from './encode-chat.ts'
import { NdjsonWriter } from './ndjson-writer.ts'

export async function ollamaChat(exchange: Exchange): Promise<void> {
  const task = decodeOllamaChat(await bodyOf(exchange), chatContext(exchange))
  writeAnswer(exchange, await answerTask(exchange, task), chatObject)
}

/** @param replyObject what the route's replies look like. */
export function writeAnswer(exchange: Exchange, answer: Answer, replyObject: ReplyObject): void {
  const { reply, headers, deps } = exchange
  const nowMs = () => deps.proxy.clock.wallMs()
  if (answer.kind === 'stream') {
    addAnswerHeaders(headers, answer.facts, undefined)
    headers.push('content-type', 'application/x-ndjson')
    reply.start(200, headers)
    const frame = { model: answer.facts.model, createdAtMs: exchange.receivedAtMs }
    new NdjsonWriter({ reply, stream: answer.stream, frame, replyObject, nowMs }).run()
    return
  }
  const body = Buffer.from(JSON.stringify(wholeReply(answer, replyObject, nowMs(), exchange.receivedAtMs)))
  addAnswerHeaders(headers, answer.facts, answer.cost)
  headers.push('content-type', 'application/json')
  reply.send(200, headers, body)
}

function wholeReply(
  { body, facts, usage, cost }: CompletionAnswer,
  replyObject: ReplyObject,
  nowMs: number,
  receivedAtMs: number,
): object {
  const completion = JSON.parse(body.toString('utf8')) as { choices?: WireChoice[] }
  const choice = completion.choices?.[0]
  const message = choice?.message ?? {}
  return {
    ...replyObject({ model: facts.model, createdAtMs: nowMs }, message, message.tool_calls ?? []),
    ...logprobsOf(choice),
    ...doneMembers(choice?.finish_reason, usage, nowMs - receivedAtMs),
    cost_usd: usdNumber(cost),
  }
}
