// Owns the sign that a text speaks of health. It is reported only beside data of a person.
import type { KeywordDetector } from '../engine/detector.ts'
import { healthTerms, weakHealthTerms } from './health-terms.ts'

const facts = {
  kind: 'keyword',
  level: 'public',
  category: 'phi',
  source: 'own; GDPR Article 4(15); 45 CFR 160.103',
  after: 24,
  pattern: /[^\s]+/,
  score: 0.5,
} as const

export const healthWord: KeywordDetector = {
  ...facts,
  rule: 'health_term',
  type: 'health_term',
  keywords: [...new Set(healthTerms)].filter((term) => !weakHealthTerms.has(term)),
}

/** Ordinary in computing too: two different ones count as one. */
export const weakHealthWord: KeywordDetector = {
  ...facts,
  rule: 'health_term_weak',
  type: 'health_term_weak',
  keywords: [...weakHealthTerms],
}
