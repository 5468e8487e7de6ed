// Owns payment card numbers: Luhn, and an issuer prefix of a card network.
import { passesLuhn } from '../checks/check-digits.ts'
import type { NumberDetector } from '../engine/detector.ts'

const facts = {
  kind: 'number',
  type: 'credit_card',
  level: 'pii',
  category: 'pii',
  source: 'ISO/IEC 7812-1; issuer ranges: en.wikipedia.org/wiki/Payment_card_number',
  context:
    /\b(?:card|visa|master|amex|american express|maestro|diners|discover|jcb|debit|pan\b|karte|kreditkart|kartennummer|cc\b|cvv|cvc)/,
  isolated: 0.8,
} as const

export const card: NumberDetector = {
  ...facts,
  rule: 'card',
  shapes: { '16': 0.9, '4-4-4-4': 0.95, '15': 0.9, '4-6-5': 0.95, '14': 0.6, '4-6-4': 0.95 },
  check: (digits) => isIssued(digits) && passesLuhn(digits),
}

/** Lengths that are rare, and prefixes that other long numbers share: EAN codes, time stamps, ids of databases. */
export const rareCard: NumberDetector = {
  ...facts,
  rule: 'card_rare',
  shapes: { '12': 0, '13': 0.1, '15': 0.1, '17': 0.1, '18': 0.1, '19': 0.2, '4-4-4-4-3': 0.9, '6-13': 0.6 },
  isolated: 0.6,
  check: (digits) =>
    (isIssued(digits) || /^(?:1\d{14}|4\d{12}|(?:50|5[6-9]|6\d)\d{10,17})$/.test(digits)) && passesLuhn(digits),
}

/** Nineteen digits: other ids of that length begin with a 1. */
export const longCard: NumberDetector = {
  ...facts,
  rule: 'card_long',
  shapes: { '19': 0.5 },
  check: (digits) => /^(?:4|62)/.test(digits) && passesLuhn(digits),
}

function isIssued(digits: string): boolean {
  const { length } = digits
  const four = Number(digits.slice(0, 4))
  if (length === 14) return /^3(?:0[0-5]|[689])/.test(digits)
  if (length === 15) return /^(?:3[47]|2131|1800)/.test(digits)
  if (length < 16) return false
  if (digits.startsWith('4')) return length === 16 || length === 19
  if (length === 16 && ((four >= 5100 && four <= 5599) || (four >= 2221 && four <= 2720))) return true
  if (length === 16 && four >= 2200 && four <= 2204) return true
  if (length === 16 && digits.startsWith('35')) return true
  return /^(?:50|5[6-9]|6[0-9]|81|82)/.test(digits)
}
