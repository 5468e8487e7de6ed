// Owns POST /v1/embeddings: decode, run, write.
import { checkEmbedding } from '../../domain/check-embedding.ts'
import { EmbeddingBody } from '../../domain/embedding-body.ts'
import type { Task } from '../../domain/task.ts'
import { readModel } from '../../policy/model-choice.ts'
import { answerTask } from '../answer-task.ts'
import { bodyOf, type Exchange } from '../exchange.ts'
import { parseJsonObject } from '../parse-json.ts'
import { readHints } from '../read-hints.ts'
import { type ChatContext, chatContext } from './decode-chat.ts'
import { writeCompletion } from './write-completion.ts'

export async function embeddings(exchange: Exchange): Promise<void> {
  const task = decodeEmbedding(await bodyOf(exchange), chatContext(exchange))
  writeCompletion(exchange, await answerTask(exchange, task))
}

/** @throws AegisError `invalid_request` or `unknown_model` */
export function decodeEmbedding(bytes: Buffer, context: ChatContext): Task {
  const { view, members } = parseJsonObject(bytes)
  checkEmbedding(view)
  const { requestId: id, receivedAtMs, endpoint, timeoutMs, keyId } = context
  return {
    id,
    receivedAtMs,
    endpoint,
    timeoutMs,
    model: readModel(view.model, context.providers),
    hints: readHints(view.aegis, context.rawHeaders),
    body: new EmbeddingBody(bytes, view, members),
    keyId,
    user: typeof view.user === 'string' ? view.user.slice(0, 256) : undefined,
  }
}
