// Owns identifiers of the United States health system: NPI, Medicare beneficiary, DEA registration.
import { passesLuhn } from '../checks/check-digits.ts'
import type { NumberDetector, PatternDetector, TokenDetector } from '../engine/detector.ts'

export const nationalProvider: NumberDetector = {
  kind: 'number',
  rule: 'us_npi',
  type: 'us_npi',
  level: 'hipaa',
  category: 'phi',
  source: '45 CFR 162.406: ISO 7812 Luhn over 80840 and the number',
  shapes: { '10': 0.2, '4-3-3': 0.5 },
  context: /\b(?:npis?\b|national provider|provider (?:id|identifier|number|no)|prescriber|attending|physician id)/,
  isolated: 0.6,
  check: (digits) => /^[12]/.test(digits) && !/^(\d)\1{8}/.test(digits) && passesLuhn(`80840${digits}`),
}

const beneficiary =
  '[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d-?[AC-HJKMNP-RT-Y]{2}\\d{2}'
const beneficiaryFacts = {
  rule: 'us_mbi',
  type: 'us_mbi',
  level: 'hipaa',
  category: 'phi',
  source: 'cms.gov, Understanding the MBI format',
  context: /\b(?:mbi\b|medicare|beneficiary)/,
} as const

export const medicareBeneficiary: PatternDetector = {
  ...beneficiaryFacts,
  kind: 'pattern',
  anchor: ['-'],
  pattern: new RegExp(`(?<![\\w-])${beneficiary.replaceAll('-?', '-')}(?![\\w-])`, 'gi'),
  score: 0.8,
}

export const medicareBeneficiaryCompact: TokenDetector = {
  ...beneficiaryFacts,
  rule: 'us_mbi_compact',
  kind: 'token',
  lengths: [11],
  pattern: new RegExp(`^${beneficiary}$`, 'i'),
  score: 0.35,
  isolated: 0.6,
}

export const drugEnforcement: TokenDetector = {
  kind: 'token',
  rule: 'us_dea',
  type: 'medical_license',
  level: 'hipaa',
  category: 'phi',
  source: 'DEA registration number: deadiversion.usdoj.gov; 21 CFR 1301',
  lengths: [9],
  pattern: /^[abcdefghjklmprstux][a-z9]\d{7}$/i,
  score: 0.45,
  context: /\b(?:dea\b|prescriber|controlled substance|medical licen[cs]e|certificate)/,
  isolated: 0.6,
  check: (token) => {
    const digit = (at: number) => token.charCodeAt(at + 2) - 48
    return (digit(0) + digit(2) + digit(4) + 2 * (digit(1) + digit(3) + digit(5))) % 10 === digit(6)
  },
}
