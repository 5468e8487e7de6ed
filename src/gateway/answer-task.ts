// Owns the one way from a surface to the proxy: what the caller may do is decided here, for all of them.
import type { Cancellation } from '../domain/cancellation.ts'
import type { Task } from '../domain/task.ts'
import type { Answer } from '../proxy/answer.ts'
import { runTask } from '../proxy/run-task.ts'
import { type Asking, callersTask } from './callers-task.ts'
import type { Exchange } from './exchange.ts'
import { limitedParties, withinLimits } from './limited-task.ts'
import { recordRefusal } from './refused-task.ts'

/**
 * Answers a task for its caller. No surface asks the proxy in another way.
 * @param cancellation of its own, when the exchange has several tasks.
 * @throws AegisError when it may not be answered, or nobody can.
 */
export function answerTask(
  exchange: Exchange,
  task: Task,
  cancellation: Cancellation = exchange.cancellation,
): Promise<Answer> {
  return exchange.caller.key === undefined
    ? admit(exchange, task, cancellation)
    : admitWithKey(exchange, task, cancellation)
}

/** Only who has a key can be refused by it. */
async function admitWithKey(exchange: Exchange, task: Task, cancellation: Cancellation): Promise<Answer> {
  try {
    return await admit(exchange, task, cancellation)
  } catch (error) {
    recordRefusal(exchange, task, error)
    throw error
  }
}

function admit(exchange: Exchange, task: Task, cancellation: Cancellation): Promise<Answer> {
  const admitted = callersTask(exchange, task)
  return admitted instanceof Promise
    ? admitted.then((known) => run(exchange, known, cancellation))
    : run(exchange, admitted, cancellation)
}

/** The same for work that was left to be done later: it goes at the pace of its queue, and limits by the minute do not hold. */
export async function answerLater(asking: Asking, task: Task, cancellation: Cancellation): Promise<Answer> {
  return runTask(await callersTask(asking, task), asking.deps.proxy, cancellation)
}

function run(exchange: Exchange, task: Task, cancellation: Cancellation): Promise<Answer> {
  const { caller, deps } = exchange
  const isKnown = caller.key !== undefined || task.userIsKnown
  const parties = isKnown ? limitedParties(exchange, task) : undefined
  if (parties === undefined) return runTask(task, deps.proxy, cancellation)
  return withinLimits(exchange, task, parties, () => runTask(task, deps.proxy, cancellation))
}
