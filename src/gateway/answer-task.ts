// Owns the one way from a surface to the proxy: what the caller may do is decided here, for all of them.
import type { Cancellation } from '../domain/cancellation.ts'
import type { Task } from '../domain/task.ts'
import type { Answer } from '../proxy/answer.ts'
import { runTask } from '../proxy/run-task.ts'
import { type Asking, callersTask } from './callers-task.ts'
import type { Exchange } from './exchange.ts'

/**
 * Answers a task for its caller. No surface asks the proxy in another way.
 * @param cancellation of its own, when the exchange has several tasks.
 * @throws AegisError when it may not be answered, or nobody can.
 */
export function answerTask(
  exchange: Asking & Pick<Exchange, 'cancellation'>,
  task: Task,
  cancellation: Cancellation = exchange.cancellation,
): Promise<Answer> {
  const { proxy } = exchange.deps
  const admitted = callersTask(exchange, task)
  return admitted instanceof Promise
    ? admitted.then((known) => runTask(known, proxy, cancellation))
    : runTask(admitted, proxy, cancellation)
}
