// Owns the effective classification of a task: the join of everything anybody said about it.
import {
  type ClassificationSource,
  type DataClassification,
  type EffectiveClassification,
  isRestricted,
  join,
} from '../../domain/data-classification.ts'
import type { TaintLevel } from '../../domain/taint.ts'
import type { Task } from '../../domain/task.ts'

export interface ClassificationDefaults {
  /** The level of a request about which nobody said anything. */
  readonly defaultClassification: DataClassification
}

/**
 * The highest of what the caller declared, the floor of its key and what its conversation has been before; the default
 * when the first two did not speak. A caller can raise its data's level and never lower it.
 */
export function classify(task: Task, defaults: ClassificationDefaults, taint?: TaintLevel): EffectiveClassification {
  const said = saidOf(task, defaults)
  if (taint === undefined) return said
  if (taint === 'undecidable') {
    return said.restricted ? said : { level: said.level, undecidable: true, restricted: true, source: 'session' }
  }
  const level = join(said.level, taint)
  return level === said.level ? said : { level, undecidable: false, restricted: true, source: 'session' }
}

function saidOf(task: Task, defaults: ClassificationDefaults): EffectiveClassification {
  let level: DataClassification | undefined
  let source: ClassificationSource = 'default'
  if (task.hints.dataClassification !== undefined) {
    level = task.hints.dataClassification
    source = 'declared'
  }
  if (task.keyClassification !== undefined) {
    const joined = level === undefined ? task.keyClassification : join(level, task.keyClassification)
    if (joined !== level) source = 'key'
    level = joined
  }
  level ??= defaults.defaultClassification
  return { level, undecidable: false, restricted: isRestricted(level), source }
}
