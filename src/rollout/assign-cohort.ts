// Owns which cohort a request is in: pure, the same in all processes, and a subject never leaves the candidate while it grows.
import type { Cohort, RolloutSubject } from '../domain/rollout.ts'
import type { Task } from '../domain/task.ts'

/**
 * Whom a request counts for. A request without what is asked for counts by the next wider thing that it has: the session,
 * else the user, else the key. Undefined when it has none of them.
 */
export function subjectOf(task: Pick<Task, 'hints' | 'user' | 'keyId'>, by: RolloutSubject): string | undefined {
  if (by === 'session' && task.hints.session !== undefined) return `session:${task.hints.session}`
  if (by !== 'key' && task.user !== undefined) return `user:${task.user}`
  return task.keyId === undefined ? undefined : `key:${task.keyId}`
}

/**
 * Where a subject stands between 0 and 100, evenly spread; another rollout spreads the same subjects anew.
 * @example bucketOf('3f2a', 'user:ann') < 10 // whether ann is in the first stage
 */
export function bucketOf(rolloutId: string, subject: string): number {
  return (hash32(`${rolloutId}\n${subject}`) / 0x1_0000_0000) * 100
}

/** A request without a subject follows nobody, so it stays with the current policy until the candidate has everything. */
export function cohortOf(rolloutId: string, subject: string | undefined, percent: number): Cohort {
  if (percent >= 100) return 'candidate'
  if (percent <= 0 || subject === undefined) return 'current'
  return bucketOf(rolloutId, subject) < percent ? 'candidate' : 'current'
}

/** FNV-1a over the code units, and the last step of MurmurHash3, without which similar names fall close together. */
function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
