// Owns German driving licences, commercial register numbers and postcodes.
import type { NumberDetector, PatternDetector, TokenDetector } from '../engine/detector.ts'

export const drivingLicence: TokenDetector = {
  kind: 'token',
  rule: 'de_driving_licence',
  type: 'de_fuehrerschein',
  level: 'pii',
  category: 'pii',
  source: 'FeV Anlage 8: authority, eight digits of number, check, issue',
  lengths: [11],
  pattern: /^[a-z]{2}\d{8}[a-z0-9]$|^[a-z]\d{2}[0-9a-z]{6}\d[0-9a-z]$/i,
  score: 0.2,
  context: /(?:führerschein|fuehrerschein|fahrerlaubnis|driving licen[cs]e|driver'?s? licen[cs]e)/,
  isolated: 0.5,
  check: (token) => /^[A-Z]{2}\d{8}[A-Z0-9]$/.test(token) || /[A-Z]/.test(token.slice(3)),
}

/** Public registers: worth a finding, not worth a restriction. */
export const commercialRegister: PatternDetector = {
  kind: 'pattern',
  rule: 'de_commercial_register',
  type: 'de_handelsregister',
  level: 'internal',
  category: 'corporate',
  source: '§ 13 HRV: department A or B and a number',
  anchor: ['hra', 'hrb'],
  pattern: /(?<![\w])HR[AB][ -]?\d{1,6}(?!\w)/gi,
  score: 0.7,
}

/** A postcode says little by itself: only where it is named. */
export const postcode: NumberDetector = {
  kind: 'number',
  rule: 'de_postcode',
  type: 'de_plz',
  level: 'internal',
  category: 'pii',
  source: 'Deutsche Post, Postleitzahlen 01001 to 99998',
  shapes: { '5': 0 },
  context: /(?:\bplz\b|postleitzahl|\bpostcode|\bzip ?code)/,
  inContext: 0.5,
  check: (digits) => Number(digits) >= 1001 && digits !== '99999' && !/^(?:00|05|43|62)/.test(digits),
}
