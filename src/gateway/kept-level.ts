// Owns the level with which what came of an answer is kept.
import { type DataClassification, isRestricted } from '../domain/data-classification.ts'
import type { AnswerFacts } from '../proxy/answer.ts'

/** What could not be judged is restricted, whatever its level says. */
export function keptLevel({ classification: { level, restricted } }: AnswerFacts): DataClassification {
  return restricted && !isRestricted(level) ? 'confidential' : level
}
