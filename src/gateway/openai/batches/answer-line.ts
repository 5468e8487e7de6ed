// Owns the answering of one line of a batch: a request of its own, classified, routed and paid for by itself.
import type { Batch, BatchLine, LineReply } from '../../../batch/batch-about.ts'
import { BatchRunner } from '../../../batch/batch-runner.ts'
import type { Cancellation } from '../../../domain/cancellation.ts'
import { AegisError } from '../../../domain/errors.ts'
import type { Timers } from '../../../domain/timers.ts'
import { answerLater } from '../../answer-task.ts'
import { callerOfKey } from '../../authenticate.ts'
import type { GatewayDeps } from '../../gateway-deps.ts'
import { keptLevel } from '../../kept-level.ts'
import { asAegisError, errorBody } from '../../render-error.ts'
import { type ChatContext, decodeChat } from '../decode-chat.ts'
import { decodeEmbedding } from '../embeddings.ts'

/** @param now runs something with what requests are answered with now. */
export function batchRunner(
  deps: GatewayDeps,
  now: <Result>(work: (deps: GatewayDeps) => Promise<Result>) => Promise<Result>,
): BatchRunner {
  const { batches: book, batchConcurrency: concurrency, logger, newId } = deps
  const answer = (batch: Batch, line: BatchLine, cancellation: Cancellation) =>
    now((current) => answerLine(current, batch, line, cancellation))
  return new BatchRunner({ book, concurrency, logger, timers: ownTimers, owner: newId(), answer })
}

/** Not those of the requests: looking into the queue is no wait of any of them. */
const ownTimers: Timers = {
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}

/** Undefined when this process stops before there is an answer: whoever goes on asks again. */
async function answerLine(
  deps: GatewayDeps,
  batch: Batch,
  line: BatchLine,
  cancellation: Cancellation,
): Promise<LineReply | undefined> {
  const requestId = deps.newId()
  try {
    const caller = await callerOfKey(batch.about.keyId, deps.access.directory, deps.proxy.clock.wallMs())
    const task = taskOf(deps, batch, line, requestId)
    const answer = await answerLater({ caller, deps, path: batch.about.endpoint }, task, cancellation)
    if (answer.kind === 'stream') throw new Error('a whole answer was asked for and a stream came')
    const body: unknown = JSON.parse(answer.body.toString('utf8'))
    return { requestId, status: 200, body, classification: keptLevel(answer.facts) }
  } catch (thrown) {
    if (cancellation.cancelled === 'shutdown') return undefined
    const error = asAegisError(thrown)
    if (error.code === 'internal_error') {
      const cause = error.cause instanceof Error ? error.cause.name : 'unknown'
      deps.logger.error('batch_line_failed', { request_id: requestId, error: cause })
    }
    const status = error.code === 'budget_exceeded' ? deps.budgetExceededStatus : error.status
    return { requestId, status, body: errorBody(error, requestId), classification: 'public' }
  }
}

function taskOf(deps: GatewayDeps, { about }: Batch, { body }: BatchLine, requestId: string) {
  const context: ChatContext = {
    requestId,
    receivedAtMs: deps.proxy.clock.wallMs(),
    endpoint: '/v1/batches',
    timeoutMs: deps.timeoutMs,
    // A line of a large batch is routed as one of many.
    rawHeaders: [...about.hints, 'x-aegis-batch-size', String(about.total)],
    keyId: about.keyId,
    retriesItself: false,
    providers: deps.proxy.policy.providers,
  }
  const task = about.endpoint === '/v1/embeddings' ? decodeEmbedding(body, context) : decodeChat(body, context)
  if (task.body.stream)
    throw new AegisError('invalid_request', 'stream must be left out in a batch.', { param: 'stream' })
  return task
}
