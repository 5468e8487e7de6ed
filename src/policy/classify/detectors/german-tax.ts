// Owns German tax identifiers: Steuer-IdNr, Steuernummer, USt-IdNr.
import { passesMod11And10 } from '../checks/check-digits.ts'
import type { NumberDetector, PatternDetector } from '../engine/detector.ts'

const facts = { level: 'pii', category: 'pii' } as const

export const taxId: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'de_tax_id',
  type: 'de_tax_id',
  source: '§ 139b AO; BZSt: ISO 7064 MOD 11,10, one digit two or three times',
  shapes: { '11': 0.6, '2-3-3-3': 0.8 },
  separators: ' -/',
  context: /(?:steuer-?\s?(?:id|ident)|\bidnr|identifikationsnummer|tax ?-?id|\btin\b)/,
  isolated: 0.8,
  check: (digits) => digits[0] !== '0' && hasOneRepeatedDigit(digits.slice(0, 10)) && passesMod11And10(digits),
}

/** Of the first ten digits one stands two or three times, the others at most once, and never three in a row. */
function hasOneRepeatedDigit(ten: string): boolean {
  const counts = new Map<string, number>()
  for (const digit of ten) counts.set(digit, (counts.get(digit) ?? 0) + 1)
  const repeated = [...counts.values()].filter((count) => count > 1)
  if (repeated.length === 0) return isTestNumber(ten)
  return repeated.length === 1 && (repeated[0] as number) <= 3 && !/(\d)\1\1/.test(ten)
}

/** Documentation and tests use ten different digits. */
function isTestNumber(ten: string): boolean {
  return ten === '1234567890' || ten === '9876543210'
}

const stateCodes = '(?:0[1-9]|1[0-6])'

export const taxNumberUnified: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'de_tax_number_unified',
  type: 'de_tax_number',
  source: 'ELSTER, Steuernummer im bundeseinheitlichen Format: state code, tax office, 0 at place five',
  shapes: { '13': 0.3 },
  context: /(?:steuer-?\s?n(?:umme)?r|\bst\.?-?\s?nr|finanzamt|\btax n)/,
  isolated: 0.6,
  check: (digits) =>
    new RegExp(`^${stateCodes}`).test(digits) || /^(?:1[01]|2[1-8]|3[02]|4[01]|5|9)\d{2,3}0\d{8}$/.test(digits),
}

export const taxNumber: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'de_tax_number',
  type: 'de_tax_number',
  source: 'ELSTER, Steuernummer in den Formaten der Länder',
  shapes: { '3-3-5': 0.6, '2-3-5': 0.6, '2-3-4': 0.45, '2-4-4': 0.45, '3-4-4': 0.45 },
  separators: '/',
  context: /(?:steuer-?\s?n(?:umme)?r|\bst\.?-?\s?nr|finanzamt)/,
}

export const vatId: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'de_vat_id',
  type: 'de_vat_id',
  source: '§ 27a UStG; ISO 7064 MOD 11,10',
  anchor: 'digit',
  pattern: /(?<![\w])DE[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{3}(?![\w]|[ .-]\d)/gi,
  score: 0.8,
  check: (match) => {
    const digits = match[0].replace(/\D/g, '')
    return digits[0] !== '0' && passesMod11And10(digits)
  },
}
