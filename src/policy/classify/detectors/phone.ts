// Owns telephone numbers: international, North American, German and other national ones.
import { isOneDigit } from '../checks/check-digits.ts'
import type { NumberDetector, PatternDetector } from '../engine/detector.ts'

const facts = { type: 'phone_number', level: 'pii', category: 'pii', isolated: 0.6 } as const
const context =
  /\b(?:phone|telephone|tel\b|tel[.:]|telefon|telepono|cell|cellular|mobile|mobil|handy|fax|call|dial|ring me|reach (?:me|him|her|them|us)|contact|text me|sms|whatsapp|signal|hotline|rufnummer|ruf\b|anruf|erreich|rückruf|durchwahl|fon\b|my [a-z. ]{0,20}number is|meine nummer|unter der nummer|numara|cep no|gsm)/
const unless = /(?:\b(?:version|build|isbn|order|ticket|invoice|sku|id|rfc|port|lot|batch)[ #:.-]*|[#$€£])$/

/** Country codes of ITU-T E.164 by their first digits. */
const countryCode =
  /^(?:1|7|2[07]|2[1-6]\d|29\d|3[0-4]|3[57]\d|36|38\d|39|4[013-9]|42\d|5[1-8]|5[09]\d|6[0-6]|6[7-9]\d|8[1246]|8[05789]\d|9[0-58]|9[67]\d|99[2-68])/

export const internationalPhone: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'phone_international',
  source: 'ITU-T E.164',
  anchor: ['+', '＋'],
  pattern: /(?<![\w+.])\+ ?\d{1,4}(?:[ ./-]{0,2}\(?\d{1,5}\)?){1,7}(?:,? ?(?:x|ext\.?) ?\d{1,6})?(?!\w)/gi,
  score: 0.8,
  check: (match) => {
    const digits = match[0].replace(/,? ?(?:x|ext).*$/i, '').replace(/\D/g, '')
    if (digits.length < 8 || digits.length > 15 || !countryCode.test(digits)) return false
    return !digits.startsWith('1') || /^1[2-9]\d{2}[2-9]\d{6}$/.test(digits)
  },
}

/** A number after 00, as it is dialled in Europe. */
export const dialledPhone: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'phone_dialled',
  source: 'ITU-T E.164',
  anchor: ['00'],
  pattern:
    /(?<![\w.,+/-]|\d )00 ?\d{1,4}(?:[ ./-]{1,2}\(?\d{1,8}\)?){2,6}(?:,? ?(?:x|ext\.?) ?\d{1,6})?(?!\w|[.,]\d)/gi,
  score: 0.6,
  context,
  unless,
  check: (match) => {
    const digits = match[0]
      .replace(/,? ?(?:x|ext).*$/i, '')
      .replace(/\D/g, '')
      .slice(2)
    return digits.length >= 9 && digits.length <= 14 && countryCode.test(digits)
  },
}

export const northAmericanPhone: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'phone_north_american',
  source: 'North American Numbering Plan, nationalnanpa.com',
  anchor: 'digit',
  pattern:
    /(?<![\w.+(/-]|\d )(?:\d{1,2}[ .-])?(?:(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])[2-9]|\(?555(?:\) ?|[-. ])\d)\d{2}[-. ]\d{4}(?:,? ?(?:x|ext\.?) ?\d{1,6})?(?![\w-]|\.\d)/g,
  score: 0.7,
  unless,
  check: (match) => {
    const withoutCountry = match[0].replace(/^\d{1,2}[ .-](?=\d{3}\D|\()/, '')
    const separators: readonly string[] = withoutCountry.match(/(?<=\d)[-. ](?=\d)/g) ?? []
    const spaced = separators.includes(' ') && !match[0].includes('(')
    return separators.length === 2 && separators[0] !== separators[1] ? false : spaced ? 0.5 : true
  },
}

/** A trunk zero, an area code and a number, in parts: Germany, Austria, Switzerland, United Kingdom and more. */
export const nationalPhone: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'phone_national',
  source: 'Bundesnetzagentur, Nummernplan; Ofcom, National Telephone Numbering Plan',
  anchor: 'digit',
  pattern: /(?<![\w.,+:(/-]|\d )\(?0(?! ?0)\d{1,5}(?:\) ?| ?[/-] ?| )\d{2,8}(?:[ /-]\d{1,6}){0,4}(?![\w:]|[.,/-]\d)/g,
  score: 0.55,
  context,
  unless,
  check: (match) => {
    const digits = match[0].replace(/\D/g, '')
    if (digits.length < 9 || digits.length > 13 || isOneDigit(digits)) return false
    // Three times three is the form of many numbers.
    if (/^\d{3}[ -]\d{3}[ -]\d{3}$/.test(match[0])) return 0.3
    // Neither a date nor three, two and four digits, nor an American postcode.
    return !/^\(?\d{2,3}[/-]\d{2}[/-]\d{4}(?!\d)|^\d{5}-\d{4}$/.test(match[0])
  },
}

/** Digits alone: only where the text speaks of a telephone. A German mobile number may stand by itself. */
export const barePhone: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'phone_bare',
  source: 'Bundesnetzagentur, Nummernplan; nationalnanpa.com',
  shapes: {
    '7': 0,
    '8': 0,
    '9': 0,
    '10': 0,
    '11': 0,
    '12': 0,
    '13': 0,
    '3-4': 0,
    '4-4': 0,
    '2-7': 0,
    '3-3-3': 0,
    '4-3-3': 0,
    '3-7': 0.2,
    '4-7': 0.2,
    '4-6': 0.2,
    '3-3-4': 0.2,
    '3-4-4': 0.3,
    '2-3-4': 0,
    '2-2-2-2': 0,
    '2-2-2-2-2': 0.3,
    '3-3-2-2': 0.2,
    '2-4-4': 0.2,
    '1-3-3-2-2': 0.3,
    '4-3-2-2': 0.3,
    '5-6': 0.2,
    '5-3-3': 0.2,
    '4-3-4': 0.2,
    '5-5': 0,
    '4-5': 0,
    '5-4': 0,
    '4-8': 0,
    '3-8': 0,
    '2-8': 0,
    '3-6': 0,
    '1-3-3-4': 0.2,
    '2-3-3-4': 0.2,
    '1-3-4': 0,
  },
  separators: ' -./',
  inContext: 0.6,
  isolated: 0,
  context,
  unless,
  check: (digits) => !isOneDigit(digits),
}

/** Eleven or twelve digits with the prefix of a mobile network. */
export const bareMobile: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'phone_mobile',
  source: 'Bundesnetzagentur, Nummernplan: 015, 016, 017; Türkiye: 05; Philippines: 09',
  shapes: { '10': 0.1, '11': 0.3, '12': 0.3, '1-10': 0.3 },
  context,
  inContext: 0.8,
  unless,
  check: (digits) =>
    /^0(?:15\d{8,9}|16[023]\d{7,8}|17\d{8,9}|5[03-5]\d{8}|9\d{9}|7[4-9]\d{8})$/.test(digits) ||
    /^5[03-5]\d{8}$/.test(digits),
}
