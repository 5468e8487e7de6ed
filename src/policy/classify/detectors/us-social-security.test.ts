// Proves social security and taxpayer numbers by the ranges that are issued.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { individualTaxpayer, socialSecurity } from './us-social-security.ts'

describeDetector(socialSecurity, {
  finds: [
    ['SSN 078-05-1123', '078-05-1123'],
    '078 05 1123',
    ['my social security number is 078051121', '078051121'],
    ['ssn: 07805-1121', '07805-1121'],
  ],
  ignores: [
    '666-12-3456',
    '000-12-3456',
    '900-12-3456',
    '123-00-4567',
    '123-45-0000',
    'job 078051121 done',
    '693-09.4444',
  ],
})
describeDetector(individualTaxpayer, {
  finds: ['911-70-1234', ['my itin: 911701234', '911701234']],
  ignores: ['911-89-1234', '811-70-1234', 'row 911701234 of it'],
})
