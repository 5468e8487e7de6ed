// Owns national identifiers of Italy, Spain, Poland, Finland and Sweden.
import { isCalendarDay, isShortDate } from '../checks/calendar.ts'
import { isOneDigit, passesLuhn, weightedSum } from '../checks/check-digits.ts'
import type { NumberDetector, PatternDetector, TokenDetector } from '../engine/detector.ts'

const facts = { level: 'pii', category: 'pii' } as const

export const italianFiscalCode: TokenDetector = {
  ...facts,
  kind: 'token',
  rule: 'it_fiscal_code',
  type: 'it_fiscal_code',
  source: 'D.M. 23/12/1976: surname, name, year, month letter, day (+40), place, check letter',
  lengths: [16],
  pattern: /^[a-z]{6}[\dlmnp-v]{2}[abcdehlmprst][\dlmnp-v]{2}[a-z][\dlmnp-v]{3}[a-z]$/i,
  score: 0.45,
  context: /\b(?:codice fiscale|fiscal code|tax code)/,
  check: (token) => /^(?:[04LPQ15MRT26NSU37V][0-9LMNP-V])$/.test(token.slice(9, 11)),
}

export const italianVat: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'it_vat_code',
  type: 'it_vat_code',
  source: 'D.P.R. 633/1972 art. 35: Luhn over eleven digits',
  shapes: { '11': 0.15, '8-3': 0.2 },
  separators: ' -_',
  context: /\b(?:partita iva|p\.? ?iva|it vat|vat (?:no|number|code|id)|piva)/,
  isolated: 0.6,
  check: (digits) => !/^0{10}/.test(digits) && passesLuhn(digits),
}

/** Licences, identity cards and passports of Italy and Spain have no check: words must name them. */
export const southernDocuments: TokenDetector = {
  ...facts,
  kind: 'token',
  rule: 'it_es_documents',
  type: 'it_es_document',
  source: 'Polizia di Stato; Ministero dell’Interno; Ministerio del Interior',
  lengths: [9, 10],
  pattern: /^(?:[a-z]{2}\d{7}[a-z]?|\d{7}[a-z]{2}|[a-z]{2}\d{5}[a-z]{2}|[a-z]{3}\d{6}|u1[a-z0-9]{7}[a-z])$/i,
  score: 0.1,
  context: /\b(?:patente|carta d'identità|carta di identità|passaporto|pasaporte|documento|licen[cs]e|passport)/,
  inContext: 0.6,
}

const SPANISH_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE'

export const spanishTaxId: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'es_nif',
  type: 'es_nif',
  source: 'Real Decreto 1553/2005: letter is the number modulo 23',
  anchor: 'digit',
  pattern: /(?<![\w.-])\d{7,8}-?[A-HJ-NP-TV-Z](?![\w-])/gi,
  score: 0.5,
  context: /\b(?:nif\b|dni\b|documento nacional)/,
  check: ([written]) => SPANISH_LETTERS[Number.parseInt(written, 10) % 23] === written.at(-1)?.toUpperCase(),
}

export const spanishForeigner: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'es_nie',
  type: 'es_nie',
  source: 'Real Decreto 557/2011: X, Y, Z count as 0, 1, 2, then modulo 23',
  anchor: 'digit',
  pattern: /(?<![\w.-])[XYZ]-?\d{7}-?[A-Z](?![\w-])/gi,
  score: 0.6,
  check: ([written]) => {
    const compact = written.replaceAll('-', '').toUpperCase()
    const number = Number(`${'XYZ'.indexOf(compact[0] as string)}${compact.slice(1, 8)}`)
    return SPANISH_LETTERS[number % 23] === compact[8]
  },
}

export const polishPesel: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'pl_pesel',
  type: 'pl_pesel',
  source: 'gov.pl, numer PESEL: weights 1 3 7 9, month holds the century',
  shapes: { '11': 0.3 },
  context: /\bpesel/,
  isolated: 0.6,
  check: (digits) => {
    const month = Number(digits.slice(2, 4)) % 20
    const day = Number(digits.slice(4, 6))
    const sum = weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3])
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 && (10 - (sum % 10)) % 10 === Number(digits[10])
  },
}

const FINNISH_CHECKS = '0123456789ABCDEFHJKLMNPRSTUVWXY'
const finnishFacts = {
  rule: 'fi_personal_identity_code',
  type: 'fi_personal_identity_code',
  source: 'dvv.fi: day, century sign, number, remainder of 31',
} as const

export const finnishIdentity: TokenDetector = {
  ...facts,
  ...finnishFacts,
  kind: 'token',
  lengths: [11],
  pattern: /^\d{6}[a-fu-y]\d{3}[0-9a-fhj-npr-y]$/i,
  score: 0.8,
  check: isFinnishIdentity,
}

export const finnishIdentitySigned: PatternDetector = {
  ...facts,
  ...finnishFacts,
  rule: 'fi_personal_identity_code_signed',
  kind: 'pattern',
  anchor: 'digit',
  pattern: /(?<![\w.-])\d{6}[-+]\d{3}[0-9A-FHJ-NPR-Y](?![\w-])/gi,
  score: 0.7,
  check: ([written]) => isFinnishIdentity(written.toUpperCase()),
}

function isFinnishIdentity(code: string): boolean {
  const [day, month, year] = [Number(code.slice(0, 2)), Number(code.slice(2, 4)), Number(code.slice(4, 6))]
  const sign = code[6] as string
  const century = sign === '+' ? 1800 : 'ABCDEF'.includes(sign) ? 2000 : 1900
  if (!isCalendarDay(century + year, month, day) || Number(code.slice(7, 10)) < 2) return false
  return FINNISH_CHECKS[Number(code.slice(0, 6) + code.slice(7, 10)) % 31] === code[10]
}

export const swedishPerson: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'se_personnummer',
  type: 'se_personnummer',
  source: 'Skatteverket SKV 704: date (day + 60 for coordination numbers) and Luhn',
  shapes: { '10': 0.3, '12': 0.5, '6-4': 0.6, '8-4': 0.7 },
  separators: '-',
  context: /\b(?:person(?:al identity|nummer|nr)|pnr\b|swedish id|samordningsnummer)/,
  isolated: 0.6,
  check: (digits) => {
    const ten = digits.slice(-10)
    const day = Number(ten.slice(4, 6))
    const century = digits.length === 12 ? Number(digits.slice(0, 2)) : undefined
    if (century !== undefined && (century < 18 || century > 20)) return false
    return isShortDate(`${ten.slice(0, 4)}${String(day > 60 ? day - 60 : day).padStart(2, '0')}`) && passesLuhn(ten)
  },
}

export const swedishOrganisation: NumberDetector = {
  kind: 'number',
  rule: 'se_organisationsnummer',
  type: 'se_organisationsnummer',
  level: 'internal',
  category: 'corporate',
  source: 'Skatteverket SKV 709: third digit at least 2, Luhn',
  shapes: { '10': 0.15, '6-4': 0.6 },
  separators: '-',
  context: /\b(?:org(?:anisations)?\.?(?:nummer|nr)|company identity|företag)/,
  isolated: 0.5,
  check: (digits) => Number(digits[2]) >= 2 && !isOneDigit(digits) && passesLuhn(digits),
}
