// Owns mobile numbers in brackets with a trunk zero, as written in the Philippines and Türkiye.
import type { PatternDetector } from '../engine/detector.ts'

export const bracketedMobile: PatternDetector = {
  kind: 'pattern',
  rule: 'phone_bracketed_mobile',
  type: 'phone_number',
  level: 'pii',
  category: 'pii',
  source: 'ITU-T national numbering plans of +63 and +90',
  anchor: ['0 ('],
  pattern: /(?<![\w.])0 \((?:9|5)\d{2}\) ?\d{3} ?\d{2} ?\d{2}(?!\w)/g,
  score: 0.7,
}
