// Owns the German pension insurance number, which holds the date of birth.
import { isCalendarDay } from '../checks/calendar.ts'
import type { PatternDetector, TokenDetector } from '../engine/detector.ts'

const facts = {
  rule: 'de_pension_insurance',
  type: 'de_social_security',
  level: 'pii',
  category: 'pii',
  source: '§ 147 SGB VI; VKVV § 4: weights 2 1 2 5 7 1 2 1 2 1 2 1',
} as const

export const pensionInsurance: TokenDetector = {
  ...facts,
  kind: 'token',
  lengths: [12],
  pattern: /^\d{8}[a-z]\d{3}$/i,
  score: 0.9,
  check: isPensionNumber,
}

export const pensionInsuranceSpaced: PatternDetector = {
  ...facts,
  rule: 'de_pension_insurance_spaced',
  kind: 'pattern',
  anchor: 'digit',
  pattern: /(?<![\w.-])\d{2}[ -]\d{6}[ -][A-Z][ -]\d{2} ?\d(?![\w-])/gi,
  score: 0.9,
  check: (match) => isPensionNumber(match[0].replace(/[ -]/g, '').toUpperCase()),
}

const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]

function isPensionNumber(number: string): boolean {
  if (number.startsWith('00')) return false
  // Day 31 with 50 added marks a second number for one birthday.
  const day = Number(number.slice(2, 4))
  const year = Number(number.slice(6, 8))
  const real = day > 31 ? day - 50 : day
  const month = Number(number.slice(4, 6))
  if (!isCalendarDay(1900 + year, month, real) && !isCalendarDay(2000 + year, month, real)) return false
  const letter = String(number.charCodeAt(8) - 64).padStart(2, '0')
  const digits = `${number.slice(0, 8)}${letter}${number.slice(9, 11)}`
  const sum = weights.reduce((total, weight, at) => {
    const product = weight * (digits.charCodeAt(at) - 48)
    return total + Math.floor(product / 10) + (product % 10)
  }, 0)
  return sum % 10 === Number(number[11])
}
