// Owns the making of a privacy decision's record from what a request has gone through.
import type { AttemptRecord } from '../domain/outcome.ts'
import type { DetectedRule, PrivacyDecision } from '../domain/privacy-decision.ts'
import type { Task } from '../domain/task.ts'
import type { Detection } from '../policy/classify/finding.ts'
import type { Planned } from './plan-task.ts'

/** Rules that are named of one request. */
const MOST_RULES = 30

export function privacyDecisionOf(
  task: Task,
  { plan, detection, exceptions }: Planned,
  attempts: readonly AttemptRecord[],
  atMs: number,
): PrivacyDecision {
  return {
    requestId: task.id,
    atMs,
    keyId: task.keyId,
    classification: plan.classification,
    rule: plan.rule,
    reason: plan.reason,
    searched: detection !== undefined,
    detected: detection ? detectedRules(detection) : [],
    undecidableCauses: detection?.undecidableCauses ?? [],
    exceptions: exceptions ?? [],
    excluded: plan.excluded.map(({ provider, cause }) => ({ provider, cause })),
    asked: attempts.map(({ provider, location, result }) => ({ provider, location, result })),
  }
}

function detectedRules({ findings }: Detection): readonly DetectedRule[] {
  const byRule = new Map<string, DetectedRule>()
  for (const { rule, type, category, level, path } of findings) {
    const before = byRule.get(rule)
    if (before) byRule.set(rule, { ...before, count: before.count + 1 })
    else if (byRule.size < MOST_RULES) byRule.set(rule, { rule, type, category, level, count: 1, path })
  }
  return [...byRule.values()]
}
