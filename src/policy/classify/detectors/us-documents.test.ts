// Proves papers and accounts that only words give away.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import {
  bankAccount,
  driverLicenceDigits,
  driverLicenceLetters,
  passportDigits,
  passportLetters,
  routingNumber,
} from './us-documents.ts'

describeDetector(passportDigits, {
  finds: [['my passport number is 912803456', '912803456']],
  ignores: ['912803456', 'build 912803456'],
})
describeDetector(passportLetters, {
  finds: [['my travel document is A12803456', 'A12803456']],
  ignores: ['part A12803456', 'A1280345'],
})
describeDetector(driverLicenceLetters, {
  finds: [["driver's license H12234567", 'H12234567']],
  ignores: ['H12234567', 'the software license is MIT, build H12234567'],
})
describeDetector(driverLicenceDigits, {
  finds: [['my driver license is: 1234567901234', '1234567901234']],
  ignores: ['1234567901234'],
})
describeDetector(bankAccount, {
  finds: [
    ['my bank account number is 912803456', '912803456'],
    ['Kontonummer 123456789', '123456789'],
  ],
  ignores: ['912803456', 'commit 912803456'],
})
describeDetector(routingNumber, {
  finds: ['121000358', ['routing number is: 101205681', '101205681'], '3222-7162-7'],
  ignores: ['421042111', '000000000', 'frame 121000358 of the film was cut'],
})
