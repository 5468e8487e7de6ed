// Owns whether a routing rule applies to a task.

import type { EffectiveClassification } from '../domain/data-classification.ts'
import type { RoutingRule } from '../domain/routing-rule.ts'
import { complexities, qualityRequirements, type Task } from '../domain/task.ts'

/** What a task is taken to be where its caller said nothing. */
export const hintDefaults = { qualityRequirement: 'medium', complexity: 'medium', batchSize: 1 } as const

/** All conditions present must hold; `any` holds when one of its own does. No condition at all always holds. */
export function matchesRule(when: RoutingRule['when'], task: Task, classification: EffectiveClassification): boolean {
  if (when.classification && !when.classification.includes(classification.level)) return false
  if (when.restricted !== undefined && when.restricted !== classification.restricted) return false
  const quality = task.hints.qualityRequirement ?? hintDefaults.qualityRequirement
  if (when.qualityAtLeast && qualityRequirements.indexOf(quality) < qualityRequirements.indexOf(when.qualityAtLeast))
    return false
  const complexity = task.hints.complexity ?? hintDefaults.complexity
  if (when.complexityAtLeast && complexities.indexOf(complexity) < complexities.indexOf(when.complexityAtLeast))
    return false
  if (when.batchSizeOver !== undefined && (task.hints.batchSize ?? hintDefaults.batchSize) <= when.batchSizeOver)
    return false
  if (when.tags && !when.tags.every((tag) => task.hints.tags?.includes(tag))) return false
  if (when.any && !when.any.some((condition) => matchesRule(condition, task, classification))) return false
  return true
}
