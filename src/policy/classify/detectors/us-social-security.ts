// Owns United States social security numbers and individual taxpayer numbers.
import type { NumberDetector } from '../engine/detector.ts'

const facts = { kind: 'number', level: 'pii', category: 'pii', separators: ' -.' } as const

export const socialSecurity: NumberDetector = {
  ...facts,
  rule: 'us_ssn',
  type: 'us_ssn',
  // 219-09-9999 was an advertisement's.
  source: 'ssa.gov/employer/randomization.html',
  shapes: { '3-2-4': 0.6, '3-6': 0.1, '5-4': 0.1, '9': 0.05 },
  context:
    /\b(?:ssns?|ss ?#|ss(?:id|n)?\b|social ?-?_?security|sozialversicherungsnummer der usa|us-sozialversicherung)/,
  check: (digits) => /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) && digits !== '219099999',
}

export const individualTaxpayer: NumberDetector = {
  ...facts,
  rule: 'us_itin',
  type: 'us_itin',
  source: 'irs.gov: 9xx, fourth and fifth digit 50-65, 70-88, 90-92, 94-99',
  shapes: { '3-2-4': 0.6, '3-6': 0.1, '5-4': 0.1, '9': 0.1 },
  context: /\b(?:itin|individual tax|taxpayer|tax[ _-]?id)/,
  isolated: 0.5,
  check: (digits) => /^9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}$/.test(digits),
}
