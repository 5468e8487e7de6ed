// Owns the one way from a surface to the proxy: what the caller may do is decided here, for all of them.
import type { Task } from '../domain/task.ts'
import type { Answer } from '../proxy/answer.ts'
import { runTask } from '../proxy/run-task.ts'
import { callersTask } from './callers-task.ts'
import type { Exchange } from './exchange.ts'
import { limitedParties, withinLimits } from './limited-task.ts'

/**
 * Answers a task for its caller. No surface asks the proxy in another way.
 * @throws AegisError when it may not be answered, or nobody can.
 */
export function answerTask(exchange: Exchange, task: Task): Promise<Answer> {
  const admitted = callersTask(exchange, task)
  return admitted instanceof Promise ? admitted.then((known) => run(exchange, known)) : run(exchange, admitted)
}

function run(exchange: Exchange, task: Task): Promise<Answer> {
  const { caller, deps, cancellation } = exchange
  const isKnown = caller.key !== undefined || task.userIsKnown
  const parties = isKnown ? limitedParties(exchange, task) : undefined
  if (parties === undefined) return runTask(task, deps.proxy, cancellation)
  return withinLimits(exchange, task, parties, () => runTask(task, deps.proxy, cancellation))
}
