// Owns identifiers of the United Kingdom: NHS and National Insurance numbers, licence, passport, postcode, plate.
import { weightedSum } from '../checks/check-digits.ts'
import type { KeywordDetector, NumberDetector, PatternDetector, TokenDetector } from '../engine/detector.ts'

const facts = { level: 'pii', category: 'pii' } as const

export const nationalHealth: NumberDetector = {
  kind: 'number',
  rule: 'uk_nhs',
  type: 'uk_nhs',
  level: 'hipaa',
  category: 'phi',
  source: 'NHS Data Dictionary, NHS number: modulus 11',
  shapes: { '10': 0.25, '3-3-4': 0.7 },
  context: /\b(?:nhs\b|national health|health service)/,
  isolated: 0.6,
  check: (digits) => {
    const rest = 11 - (weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)
    return rest !== 10 && rest % 11 === Number(digits[9]) && !/^(\d)\1{9}$/.test(digits)
  },
}

const insuranceNumber = '(?!bg|gb|nk|kn|tn|nt|zz)[abceghj-prstw-z][abceghj-nprstw-z]'

export const nationalInsurance: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'uk_nino',
  type: 'uk_nino',
  source: 'HMRC National Insurance Manual NIM39110',
  anchor: 'digit',
  pattern: new RegExp(`(?<![\\w])${insuranceNumber} ?\\d{2} ?\\d{2} ?\\d{2} ?[a-d](?!\\w)`, 'gi'),
  score: 0.6,
}

export const drivingLicence: TokenDetector = {
  ...facts,
  kind: 'token',
  rule: 'uk_driving_licence',
  type: 'uk_driving_licence',
  source: 'DVLA INF43: five of the surname, decade, month (+50), day, year, initials',
  lengths: [16],
  pattern: /^(?=[a-z])[a-z]{1,5}9{0,4}\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d[a-z9]{2}[a-z0-9][a-z]{2}$/i,
  score: 0.7,
  check: (token) => /^[A-Z]+9*$/.test(token.slice(0, 5)),
}

export const passport: TokenDetector = {
  ...facts,
  kind: 'token',
  rule: 'uk_passport',
  type: 'uk_passport',
  source: 'HM Passport Office: nine characters; since 2015 two letters and seven digits',
  lengths: [9],
  pattern: /^[a-z]{2}\d{7}$/i,
  score: 0.1,
  context: /\bpassports?/,
  inContext: 0.7,
}

const areas =
  'AB|AL|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUY]?|H[ADGPRSUX]|I[GMPV]|JE|K[ATWY]|L[ADELNSU]?|M[EKL]?|N[EGNPRW]?|O[LX]|P[AEHLOR]|RG|RH|RM|S[AEGKLMNOPRSTWY]?|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|ZE'

export const postcode: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'uk_postcode',
  type: 'uk_postcode',
  source: 'Royal Mail Programmers Guide: BS 7666',
  keywords: [
    'post',
    'zip',
    'address',
    'live',
    'london',
    'street',
    'road',
    'avenue',
    'lane',
    'send to',
    'deliver',
    'ship',
  ],
  before: 60,
  after: 80,
  pattern: new RegExp(`(?<![\\w-])(?:GIR ?0AA|(?:${areas})\\d[A-HJKPSTUW\\d]? ?\\d[ABD-HJLNP-UW-Z]{2})(?![\\w-])`, 'g'),
  score: 0.2,
  context: /\b(?:post ?code|zip|address|live[sd]? (?:at|in)|london|street|road|avenue|lane|send to|deliver)/,
  inContext: 0.7,
  isolated: 0.45,
}

/** Behind a place and a comma it is the end of an address. */
export const postcodeOfPlace: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'uk_postcode_of_place',
  type: 'uk_postcode',
  source: 'Royal Mail Programmers Guide: BS 7666',
  anchor: 'digit',
  pattern: new RegExp(`\\b(?:${areas})\\d[A-Z\\d]? \\d[ABD-HJLNP-UW-Z]{2}(?![\\w-])`, 'g'),
  score: 0.55,
  check: (match, text) => /[a-z]{3}(?:,|\n| -) ?$/.test(text.slice(Math.max(0, match.index - 8), match.index)),
}

export const plate: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'uk_plate',
  type: 'uk_vehicle_registration',
  source: 'DVLA INF104: two letters, age identifier 02-29 or 51-79, three letters',
  keywords: ['plate', 'registration', 'reg', 'vehicle', 'car', 'van', 'bike', 'license', 'licence', 'number plate'],
  before: 60,
  after: 80,
  pattern: /(?<![\w-])[a-hj-pr-y]{2}(?:0[2-9]|1\d|2\d|5[1-9]|6\d|7\d)[ -]?[a-hj-pr-z]{3}(?![\w-])/gi,
  score: 0.3,
  context: /\b(?:reg\b|registration|number ?plate|plate|vehicle|car\b|van\b)/,
  inContext: 0.7,
  isolated: 0.6,
}

/** Plates of 1963 to 2001: a year letter before or after. */
export const olderPlate: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'uk_plate_older',
  type: 'uk_vehicle_registration',
  source: 'DVLA INF104',
  keywords: ['plate', 'registration', 'reg', 'vehicle', 'car', 'van', 'bike', 'license', 'licence', 'number plate'],
  before: 60,
  after: 80,
  pattern: /(?<![\w-])(?:[a-hj-npr-tv-y]\d{1,3} ?[a-hj-pr-z]{3}|[a-hj-pr-z]{3} ?\d{1,3}[a-hj-npr-tv-y])(?![\w-])/gi,
  score: 0.15,
  context: /\b(?:car reg|reg(?:istration)? (?:no|number|plate|mark)|number ?plate|licen[cs]e plate)/,
  inContext: 0.6,
}
