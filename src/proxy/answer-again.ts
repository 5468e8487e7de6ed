// Owns the answers that are given again: which request has one, and which answer is kept for the next.
import type { CancelSignal } from '../domain/cancellation.ts'
import type { AnswerCache, KeptAnswer } from '../domain/kept-answer.ts'
import { ZERO_USD } from '../domain/money.ts'
import type { Task } from '../domain/task.ts'
import { isDeterministic, mayKeep } from '../policy/may-keep.ts'
import type { RoutePlan } from '../policy/route.ts'
import type { Answer } from './answer.ts'
import { KeptStream } from './kept-stream.ts'
import { ReplayedStream } from './replayed-stream.ts'
import type { RequestRecord } from './request-record.ts'
import { withCost } from './usage-cost.ts'

/** Whether the answer to a task might be kept, by what is known before its data was judged. */
export function isOfKind(task: Task, cache: AnswerCache): boolean {
  // An answer of another wire is not what is kept here.
  if (task.body.native?.wire === 'anthropic') return false
  return !cache.onlyDeterministic || isDeterministic(task.body)
}

/**
 * The place of a task's answer: of this key and user alone, of this level, from the candidate that is asked first, for
 * exactly these bytes. Undefined when its answer is not kept.
 */
export function placeOf(
  task: Task,
  { classification, attempts, kind }: RoutePlan,
  cache: AnswerCache,
): string | undefined {
  const [first] = attempts
  if (first === undefined || !isOfKind(task, cache) || !mayKeep(classification)) return undefined
  if (first.provider.responses && task.body.native !== undefined) return undefined
  const tenant = [
    task.keyId === undefined ? '' : `key ${task.keyId}`,
    task.user === undefined ? '' : `user ${task.user}`,
  ]
  return cache.keyOf([...tenant, classification.level, kind, first.provider.name, first.model], task.body.bytes)
}

/** What was kept, as the answer of the plan's first candidate, which costs nothing. */
export function answerAgain(kept: KeptAnswer, plan: RoutePlan, record: RequestRecord, signal: CancelSignal): Answer {
  const [attempt] = plan.attempts
  if (attempt === undefined) throw new Error('an answer was kept for a plan without candidates')
  record.add(attempt, 'cached', record.now(), ZERO_USD)
  record.firstByte()
  record.finish({ status: 'ok', httpStatus: 200, answeredBy: attempt })
  const facts = { ...record.facts(attempt), cache: 'hit' as const }
  const { usage } = kept
  if (kept.kind === 'completion') {
    return { kind: 'completion', facts, body: withCost(kept.body, ZERO_USD), usage, cost: ZERO_USD }
  }
  return { kind: 'stream', facts, stream: new ReplayedStream(kept.events, usage, attempt.provider.name, signal) }
}

/** The answer as it goes on to the caller. It is kept when the first candidate gave it, whole. */
export function keepAnswer(answer: Answer, plan: RoutePlan, place: string | undefined, cache: AnswerCache): Answer {
  const { facts } = answer
  const [first] = plan.attempts
  const kept = place !== undefined && facts.provider === first?.provider.name && facts.model === first.model
  const told = { ...facts, cache: place === undefined ? ('bypass' as const) : ('miss' as const) }
  if (answer.kind === 'completion') {
    const { body, usage } = answer
    if (kept) cache.put(place, { kind: 'completion', body: Buffer.from(body), usage })
    return { ...answer, facts: told }
  }
  if (!kept) return { kind: 'stream', facts: told, stream: answer.stream }
  const stream = new KeptStream(answer.stream, cache.maxAnswerBytes, (whole) => cache.put(place, whole))
  return { kind: 'stream', facts: told, stream }
}
