// Owns how a classification travels: what is made of several pieces is as sensitive as the most sensitive of them.
import { type DataClassification, joinClassifications } from 'aegis-llm'

/** Of what nobody has said anything: not for the public, and allowed to leave. Aegis has the same default. */
export const UNSTATED: DataClassification = 'internal'

/** What never leaves this machine. */
export const isRestricted = (level: DataClassification): boolean =>
  level === 'confidential' || level === 'pii' || level === 'hipaa'

/** @example strictest(['public', 'hipaa', 'internal']) // hipaa */
export function strictest(levels: Iterable<DataClassification>): DataClassification {
  return [...levels].reduce<DataClassification>(joinClassifications, 'public')
}
