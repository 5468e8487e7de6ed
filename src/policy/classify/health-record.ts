// Owns when talk of health becomes a record of somebody's health: when the same body holds data of a person.
import type { Finding } from './finding.ts'

/** Adds the finding `health_record` at the term, and leaves the terms themselves for the caller to drop. */
export function joinHealthTerms(findings: readonly Finding[]): readonly Finding[] {
  const term = findings.find(({ type }) => type === 'health_term') ?? twoWeak(findings)
  if (term === undefined || !findings.some(isOfPerson)) return findings
  const record = { ...term, type: 'health_record', rule: 'health_with_identifier', score: 0.7 } as const
  return [...findings, { ...record, level: 'hipaa', category: 'phi' }]
}

function twoWeak(findings: readonly Finding[]): Finding | undefined {
  const weak = findings.filter(({ type }) => type === 'health_term_weak')
  return weak.length > 1 ? weak[0] : undefined
}

function isOfPerson({ level, category }: Finding): boolean {
  return (level === 'pii' || level === 'hipaa') && category !== 'secret' && category !== 'corporate'
}
