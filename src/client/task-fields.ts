// Owns what adapters let their callers say of a task, in up to three places: made with, bound with, called with.
import { type DataClassification, isDataClassification, join } from '../domain/data-classification.ts'
import { type TaskSettings, taskSettingNames } from '../domain/llm-task.ts'

/** All that a task says of itself but its signal. */
export type TaskFields = { readonly [Name in keyof Omit<TaskSettings, 'signal'>]?: TaskSettings[Name] | undefined }

/**
 * One task's fields out of several places: the later place wins, but a classification only ever goes up.
 * @example joinTaskFields({ dataClassification: 'hipaa' }, { dataClassification: 'public' }) // hipaa
 */
export function joinTaskFields(...places: readonly TaskFields[]): Omit<TaskSettings, 'signal'> {
  const joined: Partial<Record<keyof TaskFields, unknown>> = {}
  for (const place of places) {
    for (const name of taskSettingNames) {
      const value = place[name]
      if (value === undefined) continue
      joined[name] = name === 'dataClassification' ? higher(joined[name], value) : value
    }
  }
  return joined as Omit<TaskSettings, 'signal'>
}

/** What is no classification stays, for the task's own check to refuse by name. */
function higher(left: unknown, right: unknown): DataClassification {
  if (left === undefined || !isDataClassification(right)) return right as DataClassification
  return isDataClassification(left) ? join(left, right) : (left as DataClassification)
}
