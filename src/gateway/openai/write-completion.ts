// Owns the writing of an answer that is whole: the facts in its headers, the body as it came.
import type { Answer } from '../../proxy/answer.ts'
import { addAnswerHeaders } from '../answer-headers.ts'
import type { Exchange } from '../exchange.ts'

/** @throws Error for a stream, which has a writer of its own. */
export function writeCompletion({ reply, headers }: Exchange, answer: Answer): void {
  if (answer.kind === 'stream') throw new Error('a whole answer was asked for and a stream came')
  addAnswerHeaders(headers, answer.facts, answer.cost)
  headers.push('content-type', 'application/json')
  reply.send(200, headers, answer.body)
}
