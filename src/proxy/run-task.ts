// Owns the order of steps of one request: classify, route, try; or give an answer again. Read this first.
import type { Cancellation } from '../domain/cancellation.ts'
import type { Task } from '../domain/task.ts'
import type { Answer } from './answer.ts'
import { answerAgain, keepAnswer, placeOf } from './answer-again.ts'
import { decideBeside } from './decide-beside.ts'
import { planTask } from './plan-task.ts'
import type { ProxyDeps } from './proxy-deps.ts'
import { RequestRecord } from './request-record.ts'
import { tryAttempts } from './try-attempts.ts'

/**
 * Answers one task. Its data has been cleared and its worst case funded before any provider hears of it.
 * @param cancellation cancelled by the surface when the client leaves, and here when the task's deadline passes.
 * @throws AegisError when nobody may or can answer.
 */
export async function runTask(task: Task, deps: ProxyDeps, cancellation: Cancellation): Promise<Answer> {
  const lane = deps.rollout?.laneOf(task)
  const planned = planTask(task, deps, lane?.policy)
  const known = planned instanceof Promise ? await planned : planned
  const record = new RequestRecord(task, known, deps, startDeadline(task, cancellation), lane)
  if (lane?.shadow) decideBeside(task, lane.shadow, deps, record)
  const { cache } = deps
  if (cache === undefined) return tryAttempts(known.plan, record, deps, cancellation, known.search)
  const place = placeOf(task, known.plan, cache)
  const kept = place === undefined ? undefined : cache.get(place)
  if (kept) return answerAgain(kept, known.plan, record, cancellation)
  return keepAnswer(await tryAttempts(known.plan, record, deps, cancellation, known.search), known.plan, place, cache)
}

/** Returns the way to stop it. */
function startDeadline(task: Task, cancellation: Cancellation): () => void {
  const timer = setTimeout(() => cancellation.cancel('deadline'), task.timeoutMs)
  return () => clearTimeout(timer)
}
