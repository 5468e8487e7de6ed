// Owns identifiers of the German health system: KVNR, LANR, BSNR.
import { weightedSum } from '../checks/check-digits.ts'
import type { NumberDetector, TokenDetector } from '../engine/detector.ts'

const facts = { level: 'hipaa', category: 'phi' } as const

export const healthInsurance: TokenDetector = {
  ...facts,
  kind: 'token',
  rule: 'de_health_insurance',
  type: 'de_health_insurance',
  source: '§ 290 SGB V; GKV-Spitzenverband: letter as two digits, modulus 10, weights 1 and 2',
  lengths: [10],
  pattern: /^[a-z]\d{9}$/i,
  score: 0.5,
  context:
    /(?:kvnr|krankenversich|krankenkasse|versichertennummer|\begk\b|gesundheitskarte|health insurance|insurance (?:no|number))/,
  isolated: 0.8,
  // The formula is Luhn's with the doubled digits on the other places.
  check: (token) => passesLuhnFromLeft(`${String(token.charCodeAt(0) - 64).padStart(2, '0')}${token.slice(1)}`),
}

function passesLuhnFromLeft(digits: string): boolean {
  let sum = 0
  for (let at = 0; at < digits.length - 1; at += 1) {
    const value = (digits.charCodeAt(at) - 48) * (at % 2 === 0 ? 1 : 2)
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === digits.charCodeAt(digits.length - 1) - 48
}

export const physician: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'de_lanr',
  type: 'de_lanr',
  source: 'KBV, Arztnummern-Richtlinie: weights 4 and 9, modulus 10, two digits of the specialty',
  shapes: { '9': 0.1, '7-2': 0.2 },
  separators: ' -/',
  context: /(?:\blanr\b|arztnummer|arzt-nr|lebenslange arzt)/,
  isolated: 0.5,
  check: (digits) => {
    const rest = weightedSum(digits, [4, 9, 4, 9, 4, 9]) % 10
    return (10 - rest) % 10 === Number(digits[6]) && Number(digits.slice(7)) > 0
  },
}

export const practice: NumberDetector = {
  ...facts,
  kind: 'number',
  rule: 'de_bsnr',
  type: 'de_bsnr',
  source: 'KBV, Betriebsstättennummer: two digits of the region first',
  shapes: { '9': 0.1, '2-7': 0.1 },
  context: /(?:\bbsnr\b|betriebsstätten|betriebsstaetten|praxisnummer)/,
  check: (digits) =>
    /^(?:0[1-3]|05|17|20|21|24|27|31|35|38|39|46|5[12]|7[1-4]|8[38]|9[389]|99)/.test(digits) &&
    !digits.endsWith('0000000'),
}
