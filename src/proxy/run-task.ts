// Owns the order of steps of one request: classify, route, try. Read this first.
import type { Cancellation } from '../domain/cancellation.ts'
import type { Task } from '../domain/task.ts'
import { classify } from '../policy/classify/classify.ts'
import { type RoutePlan, route } from '../policy/route.ts'
import type { Answer } from './answer.ts'
import type { ProxyDeps } from './proxy-deps.ts'
import { RequestRecord } from './request-record.ts'
import { tryAttempts } from './try-attempts.ts'

/**
 * Answers one task. Its data has been cleared and its worst case funded before any provider hears of it.
 * @param cancellation cancelled by the surface when the client leaves, and here when the task's deadline passes.
 * @throws AegisError when nobody may or can answer.
 */
export function runTask(task: Task, deps: ProxyDeps, cancellation: Cancellation): Promise<Answer> {
  const plan = planTask(task, deps)
  const record = new RequestRecord(task, plan, deps, startDeadline(task, cancellation))
  return tryAttempts(plan, record, deps, cancellation)
}

/** The decision alone, without sending anything. */
export function planTask(task: Task, deps: Pick<ProxyDeps, 'policy' | 'defaultClassification'>): RoutePlan {
  const classification = classify(task, deps)
  return route(task, classification, deps.policy)
}

/** Returns the way to stop it. */
function startDeadline(task: Task, cancellation: Cancellation): () => void {
  const timer = setTimeout(() => cancellation.cancel('deadline'), task.timeoutMs)
  return () => clearTimeout(timer)
}
