// Owns German identity cards and passports: nine characters without vowels, checked by 7-3-1.
import { passesWeights731 } from '../checks/check-digits.ts'
import type { TokenDetector } from '../engine/detector.ts'

const facts = {
  kind: 'token',
  level: 'pii',
  category: 'pii',
  source: 'PAuswV Anhang; ICAO 9303 part 3; BSI TR-03127',
  isolated: 0.8,
} as const
const cardWords = /(?:ausweis|identity card|\bid[ -]?card|\bid[- ](?:no|number|nr)|document n)/
const passportWords = /(?:reisepass|\bpass\b|pass-?\s?n(?:umme)?r|passport|travel document)/

export const identityCard: TokenDetector = {
  ...facts,
  rule: 'de_id_card',
  type: 'de_id_card',
  lengths: [9],
  pattern: /^[cfghjklmnprtvwxyz][0-9cfghjklmnprtvwxyz]{7}\d$/i,
  score: 0.6,
  context: cardWords,
  check: (token) => /\d/.test(token.slice(0, 8)) && passesWeights731(token),
}

/** Before November 2010: T and eight digits, without a check digit of its own. */
export const oldIdentityCard: TokenDetector = {
  ...facts,
  rule: 'de_id_card_old',
  type: 'de_id_card',
  lengths: [9],
  pattern: /^t\d{8}$/i,
  score: 0.2,
  isolated: 0.5,
  context: cardWords,
}

export const passport: TokenDetector = {
  ...facts,
  rule: 'de_passport',
  type: 'de_passport',
  lengths: [9],
  pattern: /^[cfghjk][0-9cfghjklmnprtvwxyz]{7}\d$|^l[0-9cfghjklmnprtvwxyz]{7}\d$/i,
  score: 0.6,
  context: passportWords,
  check: (token) => /\d/.test(token.slice(0, 8)) && passesWeights731(token),
}

/** As printed since 2010: no check digit among the nine, so only where the text calls it one. */
export const namedIdentityCard: TokenDetector = {
  ...facts,
  rule: 'de_id_card_named',
  type: 'de_id_card',
  lengths: [9],
  pattern: /^[cfghjklmnprtvwxyz](?=\w*\d)[0-9cfghjklmnprtvwxyz]{8}$/i,
  score: 0,
  isolated: 0,
  context:
    /(?:ausweis-?\s?n(?:umme)?r|ausweis:|personalausweis|reisepass-?\s?n(?:umme)?r|pass-?n(?:umme)?r|identity card n|id card n|passport n)/,
  inContext: 0.55,
}

/** With the check digit, and D for Germany: as in the machine-readable line. */
export const machineReadable: TokenDetector = {
  ...facts,
  rule: 'de_id_machine_readable',
  type: 'de_id_card',
  lengths: [11],
  pattern: /^[cfghjklmnprtvwxyz][0-9cfghjklmnprtvwxyz]{8}\dd$/i,
  score: 0.8,
  check: (token) => passesWeights731(token.slice(0, 10)),
}

export const identityCardWithCheck: TokenDetector = {
  ...facts,
  rule: 'de_id_card_with_check',
  type: 'de_id_card',
  lengths: [10],
  pattern: /^[cfghjklmnprtvwxyz][0-9cfghjklmnprtvwxyz]{8}\d$/i,
  score: 0.3,
  context: /(?:ausweis|reisepass|passport|identity card|\bid[ -]card)/,
  check: passesWeights731,
}
