// Owns national identifiers of Australia, Canada, Nigeria and South Africa.
import { isShortDate } from '../checks/calendar.ts'
import { isOneDigit, passesLuhn, passesVerhoeff, weightedSum } from '../checks/check-digits.ts'
import type { KeywordDetector, NumberDetector } from '../engine/detector.ts'

const facts = { kind: 'number', level: 'pii', category: 'pii', isolated: 0.6 } as const

export const canadianSocialInsurance: NumberDetector = {
  ...facts,
  rule: 'ca_sin',
  type: 'ca_sin',
  source: 'canada.ca, SIN: Luhn; 0 and 8 are not issued',
  shapes: { '9': 0.1, '3-3-3': 0.3 },
  context: /\b(?:sin\b|social insurance|nas\b|assurance sociale)/,
  check: (digits) => /^[1-79]/.test(digits) && !isOneDigit(digits) && passesLuhn(digits),
}

export const australianTaxFile: NumberDetector = {
  ...facts,
  rule: 'au_tfn',
  type: 'au_tfn',
  source: 'ato.gov.au: weights 1 4 3 7 5 8 6 9 10 modulo 11',
  shapes: { '9': 0.1, '3-3-3': 0.3 },
  context: /\b(?:tfn\b|tax file)/,
  check: (digits) => !isOneDigit(digits) && weightedSum(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
}

export const australianBusiness: NumberDetector = {
  ...facts,
  level: 'internal',
  category: 'corporate',
  rule: 'au_abn',
  type: 'au_abn',
  source: 'abr.business.gov.au: first digit less one, modulo 89',
  shapes: { '11': 0.3, '2-3-3-3': 0.7 },
  context: /\b(?:abn\b|australian business)/,
  check: (digits) =>
    digits[0] !== '0' &&
    weightedSum(`${Number(digits[0]) - 1}${digits.slice(1)}`, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89 === 0,
}

export const australianCompany: NumberDetector = {
  ...facts,
  level: 'internal',
  category: 'corporate',
  rule: 'au_acn',
  type: 'au_acn',
  source: 'asic.gov.au: weights 8 to 1, complement modulo 10',
  shapes: { '9': 0.1, '3-3-3': 0.3 },
  context: /\b(?:acn\b|australian company)/,
  check: (digits) =>
    !isOneDigit(digits) && (10 - (weightedSum(digits, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === Number(digits[8]),
}

export const australianMedicare: NumberDetector = {
  ...facts,
  level: 'hipaa',
  category: 'phi',
  rule: 'au_medicare',
  type: 'au_medicare',
  source: 'servicesaustralia.gov.au: first digit 2-6, weights 1 3 7 9 modulo 10, issue number',
  shapes: { '10': 0.1, '4-5-1': 0.7 },
  context: /\b(?:medicare)/,
  check: (digits) => /^[2-6]/.test(digits) && weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(digits[8]),
}

export const nigerianIdentity: NumberDetector = {
  ...facts,
  rule: 'ng_nin',
  type: 'ng_nin',
  source: 'nimc.gov.ng: eleven digits, Verhoeff',
  shapes: { '11': 0.15 },
  context: /\b(?:nin\b|national identi)/,
  check: passesVerhoeff,
}

export const nigerianPlate: KeywordDetector = {
  kind: 'keyword',
  rule: 'ng_plate',
  type: 'ng_vehicle_registration',
  level: 'pii',
  category: 'pii',
  source: 'frsc.gov.ng: three letters, three digits, two letters',
  keywords: ['plate', 'vehicle', 'registration', 'car'],
  before: 60,
  after: 80,
  pattern: /(?<![\w-])[a-z]{3}[- ]?\d{3}[a-z]{2}(?![\w-])/gi,
  score: 0.2,
  context: /\b(?:plate|vehicle|registration|car\b)/,
  isolated: 0.5,
}

export const southAfricanIdentity: NumberDetector = {
  ...facts,
  rule: 'za_id_number',
  type: 'za_id_number',
  source: 'Identification Act 68 of 1997: date, sex, citizenship 0-2, Luhn',
  shapes: { '13': 0.5, '6-4-3': 0.6, '6-4-2-1': 0.6 },
  check: (digits) =>
    isShortDate(digits.slice(0, 6)) &&
    /^[0-2]$/.test(digits[10] as string) &&
    /^[89]$/.test(digits[11] as string) &&
    passesLuhn(digits),
}
