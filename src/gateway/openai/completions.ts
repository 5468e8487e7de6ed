// Owns POST /v1/completions, the older way to ask: decode to chats, run them, write their texts.
import { Cancellation } from '../../domain/cancellation.ts'
import { addUsd, ZERO_USD } from '../../domain/money.ts'
import type { Task } from '../../domain/task.ts'
import type { CompletionAnswer } from '../../proxy/answer.ts'
import { addAnswerHeaders } from '../answer-headers.ts'
import { answerTask } from '../answer-task.ts'
import { bodyOf, type Exchange } from '../exchange.ts'
import { chatContext } from './decode-chat.ts'
import { decodeCompletion } from './decode-completion.ts'
import { TextChunks, textCompletion } from './encode-completion.ts'
import { STREAM_HEADERS, StreamWriter } from './stream-writer.ts'

/** Prompts of one request that are asked at once. */
const AT_ONCE = 4

export async function completions(exchange: Exchange): Promise<void> {
  const { reply, headers } = exchange
  const { tasks, stream, choices } = decodeCompletion(await bodyOf(exchange), chatContext(exchange))
  if (stream) {
    const answer = await answerTask(exchange, tasks[0])
    if (answer.kind !== 'stream') throw new Error('a stream was asked for and a whole answer came')
    addAnswerHeaders(headers, answer.facts, undefined)
    headers.push(...STREAM_HEADERS)
    reply.start(200, headers)
    const chunks = new TextChunks()
    new StreamWriter(reply, answer.stream, exchange.requestId, (frames) => chunks.translate(frames)).run()
    return
  }
  const answers = await answerAll(tasks, exchange)
  const [first] = answers
  if (first) addAnswerHeaders(headers, first.facts, answers.map(({ cost }) => cost).reduce(addUsd, ZERO_USD))
  headers.push('content-type', 'application/json')
  const bodies = answers.map(({ body }) => body)
  reply.send(200, headers, textCompletion(bodies, choices))
}

/** In the order of the tasks. The first failure cancels what is still running and is thrown. */
async function answerAll(tasks: readonly Task[], exchange: Exchange): Promise<CompletionAnswer[]> {
  const answers: CompletionAnswer[] = []
  const all = new Cancellation()
  const unsubscribe = exchange.cancellation.onCancel((reason) => all.cancel(reason))
  let next = 0
  const work = async () => {
    while (next < tasks.length && !all.cancelled) {
      const index = next++
      // A cancellation is of one request: its deadline must not end the others'.
      const own = new Cancellation()
      const stop = all.onCancel((reason) => own.cancel(reason))
      try {
        const answer = await answerTask(exchange, tasks[index] as Task, own)
        if (answer.kind === 'stream') throw new Error('a whole answer was asked for and a stream came')
        answers[index] = answer
      } finally {
        stop()
      }
    }
  }
  const workers = Array.from({ length: Math.min(AT_ONCE, tasks.length) }, () =>
    work().catch((error: unknown) => {
      all.cancel('client_closed')
      throw error
    }),
  )
  const ended = await Promise.allSettled(workers)
  unsubscribe()
  const failed = ended.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return answers
}
