// Owns the usage row of a request that its key or a limit refused before it was decided who might answer.
import { AegisError, type ErrorCode } from '../domain/errors.ts'
import { ZERO_USD } from '../domain/money.ts'
import type { Task } from '../domain/task.ts'
import { classify } from '../policy/classify/classify.ts'
import type { Exchange } from './exchange.ts'

const refusals: ReadonlySet<ErrorCode> = new Set(['key_not_allowed', 'rate_limited'])

/**
 * Writes it down, without a cost, as the ledger writes all rows: later and in batches. Nothing of its words is in it, since
 * nobody has searched them. A request that has a row already keeps that one.
 */
export function recordRefusal({ caller, deps }: Exchange, task: Task, error: unknown): void {
  const { key } = caller
  if (key === undefined || !(error instanceof AegisError) || error.source !== 'gateway' || !refusals.has(error.code))
    return
  const { proxy, limits } = deps
  const nowMs = proxy.clock.wallMs()
  if (!limits.refusals.takes(key.id, nowMs)) return
  proxy.ledger.record({
    requestId: task.id,
    receivedAtMs: task.receivedAtMs,
    endedAtMs: nowMs,
    endpoint: task.endpoint,
    status: 'refused',
    httpStatus: error.status,
    classification: classify(task, proxy),
    attempts: [],
    cost: ZERO_USD,
    stream: task.body.stream,
    keyId: key.id,
    user: key.userId ?? undefined,
  })
}
