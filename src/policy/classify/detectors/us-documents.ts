// Owns United States passports, driver licences, bank accounts and routing numbers: little form, so words must name them.
import { weightedSum } from '../checks/check-digits.ts'
import type { NumberDetector, TokenDetector } from '../engine/detector.ts'

const facts = { level: 'pii', category: 'pii' } as const
const passportWords = /\b(?:passports?(?:[ _-]?(?:no|num|number|#))?|travel (?:document|passport)|reisepass)/
const passportSource = 'travel.state.gov: nine digits, or a letter and eight digits'

export const passportDigits: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'us_passport',
  type: 'us_passport',
  source: passportSource,
  shapes: { '9': 0.05 },
  context: passportWords,
  inContext: 0.7,
}

/** A letter and digits as many countries number their passports. */
export const passportLetters: TokenDetector = {
  ...facts,
  kind: 'token',
  rule: 'passport_letters',
  type: 'us_passport',
  source: passportSource,
  lengths: [8, 9],
  pattern: /^[a-z]{1,2}\d{7,8}$/i,
  score: 0.1,
  context: passportWords,
  inContext: 0.7,
}

const licenceWords =
  /\b(?:driver'?s?[ _-]?licen[cs]e|driving[ _-]?licen[cs]e|licen[cs]e (?:no|number|#)|dl ?(?:#|no|num)|permit number|drivers? lic)/
const licenceSource = 'ntsi.com/drivers-license-format: formats by state'

export const driverLicenceLetters: TokenDetector = {
  ...facts,
  kind: 'token',
  rule: 'us_driver_license',
  type: 'us_driver_license',
  source: licenceSource,
  lengths: [7, 8, 9, 10, 11, 12, 13, 14],
  pattern: /^[a-z]{1,2}\d{5,13}[a-z]?$/i,
  score: 0.1,
  context: licenceWords,
  inContext: 0.7,
}

export const driverLicenceDigits: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'us_driver_license_digits',
  type: 'us_driver_license',
  source: licenceSource,
  shapes: { '7': 0, '8': 0, '9': 0, '10': 0, '11': 0, '12': 0, '13': 0, '4-4-4': 0, '3-3-3': 0 },
  context: licenceWords,
  inContext: 0.65,
}

const accountWords =
  /\b(?:bank(?:ing)? acc(?:oun)?t|account (?:no|num|number|#)|acct\.?\b|checking acc|savings acc|kontonummer|konto-?nr|bank ?konto|(?:bank|savings|checking)\b)/

export const bankAccount: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'us_bank_number',
  type: 'us_bank_number',
  source: 'frbservices.org: 8 to 17 digits, no check digit',
  shapes: Object.fromEntries([8, 9, 10, 11, 12, 13, 14, 15, 16, 17].map((length) => [String(length), 0.05])),
  context: accountWords,
  inContext: 0.6,
}

export const routingNumber: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'aba_routing_number',
  type: 'aba_routing_number',
  source: 'aba.com, routing number policy: weights 3, 7, 1',
  shapes: { '9': 0.1, '4-4-1': 0.6 },
  context: /\b(?:aba\b|routing|rtn\b|transit number)/,
  isolated: 0.6,
  check: (digits) =>
    /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(digits) &&
    digits !== '000000000' &&
    weightedSum(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0,
}
