// Owns national identifiers of India, Korea, the Philippines, Singapore, Thailand and Türkiye.
import { isShortDate } from '../checks/calendar.ts'
import { isOneDigit, passesVerhoeff, weightedSum } from '../checks/check-digits.ts'
import type { KeywordDetector, NumberDetector, TokenDetector } from '../engine/detector.ts'

const facts = { level: 'pii', category: 'pii' } as const
const number = { ...facts, kind: 'number' } as const
const token = { ...facts, kind: 'token' } as const

export const indianAadhaar: NumberDetector = {
  ...number,
  rule: 'in_aadhaar',
  type: 'in_aadhaar',
  source: 'uidai.gov.in: twelve digits, first 2-9, Verhoeff',
  shapes: { '12': 0.25, '4-4-4': 0.5 },
  separators: ' -:',
  context: /\b(?:aadhaar|aadhar|uidai|\buid\b)/,
  isolated: 0.7,
  check: (digits) => /^[2-9]/.test(digits) && digits !== [...digits].reverse().join('') && passesVerhoeff(digits),
}

const indianStates = '(?:0[1-9]|[12]\\d|3[0-7])'

export const indianGoodsTax: TokenDetector = {
  ...token,
  rule: 'in_gstin',
  type: 'in_gstin',
  source: 'gst.gov.in: state, PAN, entity, Z, check character',
  lengths: [15],
  pattern: new RegExp(`^${indianStates}[a-z]{5}\\d{4}[a-z][1-9a-z]z[0-9a-z]$`, 'i'),
  score: 0.8,
}

export const indianTax: TokenDetector = {
  ...token,
  rule: 'in_pan',
  type: 'in_pan',
  source: 'incometaxindia.gov.in: five letters, four digits, a letter; the fourth letter is the kind of holder',
  lengths: [10],
  pattern: /^[a-z]{3}[abcfghjlpt][a-z]\d{4}[a-z]$/i,
  score: 0.45,
  context: /\bpan\b|permanent account/,
}

/** Passport, voter card and PAN of unusual form, named by a word. */
export const indianDocuments: TokenDetector = {
  ...token,
  rule: 'in_documents',
  type: 'in_document',
  source: 'passportindia.gov.in; eci.gov.in',
  lengths: [8, 10],
  pattern: /^(?:[a-z][1-9]\d{5}[1-9]|[a-z]{3}\d{7}|[a-z]{5}\d{4}[a-z])$/i,
  score: 0.1,
  context: /\b(?:passport|voter|vote\b|epic\b|\bpan\b)/,
  inContext: 0.6,
}

const indianStateCodes =
  'an|ap|ar|as|br|cg|ch|dd|dl|dn|ga|gj|hp|hr|jh|jk|ka|kl|la|ld|mh|ml|mn|mp|mz|nl|od|or|pb|py|rj|sk|tg|tn|tr|ts|uk|up|wb'

export const indianPlate: TokenDetector = {
  ...token,
  rule: 'in_plate',
  type: 'in_vehicle_registration',
  source: 'Central Motor Vehicles Rules 1989: state, district, series, number',
  lengths: [9, 10],
  pattern: new RegExp(`^(?:${indianStateCodes})\\d{1,2}[a-z]{1,3}\\d{4}$`, 'i'),
  score: 0.4,
  context: /\b(?:registration|vehicle|plate|car\b|bike)/,
  isolated: 0.6,
}

const koreanPerson = {
  ...number,
  shapes: { '13': 0.25, '6-7': 0.6 },
  separators: '-',
  isolated: 0.6,
} as const

export const koreanResident: NumberDetector = {
  ...koreanPerson,
  rule: 'kr_rrn',
  type: 'kr_rrn',
  source: 'Korean Resident Registration Act: date, century and sex, number; since 2020 without check digit',
  context: /\b(?:rrn\b|resident registration|korean)|주민등록/,
  check: (digits) => isShortDate(digits.slice(0, 6)) && /^.{6}[1-4]/.test(digits),
}

export const koreanForeigner: NumberDetector = {
  ...koreanPerson,
  rule: 'kr_frn',
  type: 'kr_frn',
  source: 'Korean Immigration Act: as the resident number, with 5 to 8 for the century and sex',
  context: /\b(?:frn\b|foreigner registration|korean)|외국인등록/,
  check: (digits) => isShortDate(digits.slice(0, 6)) && /^.{6}[5-8]/.test(digits),
}

export const koreanBusiness: NumberDetector = {
  kind: 'number',
  rule: 'kr_brn',
  type: 'kr_brn',
  level: 'internal',
  category: 'corporate',
  source: 'nts.go.kr: weights 1 3 7 1 3 7 1 3 5',
  shapes: { '10': 0.15, '3-2-5': 0.6 },
  separators: '-',
  context: /\b(?:brn\b|business registration)|사업자/,
  isolated: 0.5,
  check: (digits) => {
    const ninth = Number(digits[8]) * 5
    const sum = weightedSum(digits, [1, 3, 7, 1, 3, 7, 1, 3]) + ninth + Math.floor(ninth / 10)
    return (10 - (sum % 10)) % 10 === Number(digits[9])
  },
}

export const koreanLicence: NumberDetector = {
  ...number,
  rule: 'kr_driver_license',
  type: 'kr_driver_license',
  source: 'Korean Road Traffic Authority: region 11-28, year, number, check',
  shapes: { '12': 0.1, '2-2-6-2': 0.6 },
  context: /\b(?:licen[cs]e|driver)|운전면허/,
  isolated: 0.5,
  check: (digits) => /^(?:1[1-9]|2[0-68])/.test(digits),
}

export const koreanPassport: TokenDetector = {
  ...token,
  rule: 'kr_passport',
  type: 'kr_passport',
  source: 'passport.go.kr: M, S, R, O, D, then digits; since 2021 with a letter among them',
  lengths: [9],
  pattern: /^[msrod]\d{3}(?:[a-z]\d{4}|\d{5})$/i,
  score: 0.1,
  context: /\bpassport|여권/,
  inContext: 0.6,
}

export const philippineTax: NumberDetector = {
  ...number,
  rule: 'ph_tin',
  type: 'ph_tin',
  source: 'bir.gov.ph: nine digits and a branch code, weights 8 to 1 modulo 11',
  shapes: { '9': 0.05, '12': 0.05, '3-3-3': 0.1, '3-3-3-3': 0.3 },
  separators: '-',
  context: /\b(?:tin\b|taxpayer identification|tax ?id|bir\b)/,
  inContext: 0.6,
  check: (digits) =>
    digits !== '000000000000' && (weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 10 === Number(digits[8]),
}

export const singaporeIdentity: TokenDetector = {
  ...token,
  rule: 'sg_nric',
  type: 'sg_nric_fin',
  source: 'ica.gov.sg: S, T, F, G, M, seven digits and a letter',
  lengths: [9],
  pattern: /^[stfgm]\d{7}[a-z]$/i,
  score: 0.5,
  context: /\b(?:nric|fin\b|singapore)/,
}

export const singaporeEntity: TokenDetector = {
  kind: 'token',
  rule: 'sg_uen',
  type: 'sg_uen',
  level: 'internal',
  category: 'corporate',
  source: 'uen.gov.sg',
  lengths: [9, 10],
  pattern: /^(?:\d{8}[a-z]|(?:18|19|20)\d{7}[a-z]|[rst]\d{2}[a-z]{2}\d{4}[a-z])$/i,
  score: 0.4,
  context: /\buen\b/,
}

export const thaiIdentity: NumberDetector = {
  ...number,
  rule: 'th_tnin',
  type: 'th_tnin',
  source: 'bora.dopa.go.th: first digit 1-8, province, weights 13 to 2 modulo 11',
  shapes: { '13': 0.25, '1-4-5-2-1': 0.7 },
  context: /\b(?:thai|tnin)|ประชาชน/,
  isolated: 0.6,
  check: (digits) => {
    const sum = weightedSum(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
    return (
      /^[1-8](?:1|2[0-7]|3[0-9]|4\d|5[0-8]|6[0-7]|7[0-7]|8[0-6]|9[0-6])/.test(digits) &&
      !isOneDigit(digits) &&
      (11 - (sum % 11)) % 10 === Number(digits[12])
    )
  },
}

export const turkishIdentity: NumberDetector = {
  ...number,
  rule: 'tr_national_id',
  type: 'tr_national_id',
  source: 'nvi.gov.tr: two check digits',
  shapes: { '11': 0.5 },
  context: /\b(?:tckn|tc kimlik|kimlik|turkish id)/,
  isolated: 0.8,
  check: (digits) => {
    const at = (index: number) => Number(digits[index])
    if (at(0) === 0) return false
    const odd = at(0) + at(2) + at(4) + at(6) + at(8)
    const even = at(1) + at(3) + at(5) + at(7)
    const tenth = (((odd * 7 - even) % 10) + 10) % 10
    return tenth === at(9) && (odd + even + tenth) % 10 === at(10)
  },
}

export const turkishPlate: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'tr_plate',
  type: 'tr_license_plate',
  source: 'Karayolları Trafik Yönetmeliği: province 01-81, one to three letters, number',
  keywords: ['plaka', 'plate', 'license plate', 'number plate', 'araç'],
  before: 60,
  after: 80,
  pattern: /(?<![\w.-])(?:0[1-9]|[1-7]\d|8[01]) ?[a-pr-vyz]{1,3} ?\d{2,4}(?![\w-]|[.,]\d)/gi,
  score: 0.2,
  context: /\b(?:plaka|license plate|number plate|plate\b|araç)/,
  inContext: 0.7,
  isolated: 0.5,
}
