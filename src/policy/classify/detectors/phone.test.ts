// Proves telephone numbers of several countries, and that dates, versions and ids are none.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { bareMobile, barePhone, dialledPhone, internationalPhone, nationalPhone, northAmericanPhone } from './phone.ts'

describeDetector(internationalPhone, {
  finds: [
    ['call +49 30 1234567', '+49 30 1234567'],
    '+1 (415) 555-0132',
    '+44 (20) 7123 4567',
    ['Tel. +33 1 42 68 53 00.', '+33 1 42 68 53 00'],
  ],
  ignores: ['+1565807994', 'offset +0200', 'a += +12345', 'UTC+01:00', '+999 123 456 789'],
})
describeDetector(northAmericanPhone, {
  finds: [
    ['My number: (415) 555-0132', '(415) 555-0132'],
    '415-555-0132',
    '415.555.0132',
    ['or 1-415-555-0132 x12', '1-415-555-0132 x12'],
  ],
  ignores: [
    'version 415.555.0132',
    '115-555-0132',
    '415-155-0132',
    'ISBN 415-555-0132',
    '415-555-01321',
    '415-555.0132',
  ],
})
describeDetector(nationalPhone, {
  finds: [
    ['Praxis 030 / 1234567', '030 / 1234567'],
    '0171-2345678',
    ['unter 089 12 34 56 78', '089 12 34 56 78'],
    ['ring 020 7946 0018', '020 7946 0018'],
  ],
  ignores: ['01/03/2025 22:10', '012-00-3456', 'ratio 0.1712345678', 'Zeile 94 027 312 792', '05 06 07'],
})
describeDetector(dialledPhone, {
  finds: ['0049 30 1234567', ['von 0041 44 668 18 00 aus', '0041 44 668 18 00']],
  ignores: ['0000 0000 0000', 'hash 00 49', 'IBAN 3704 0044 0532 0130 00'],
})
describeDetector(barePhone, {
  finds: [
    ['my phone is 4155550132', '4155550132'],
    ['Handy: 1712345678', '1712345678'],
    ['call me at 555-0132', '555-0132'],
  ],
  ignores: ['order 4155550132', 'The sum is 12345678', 'call 1111111'],
})
describeDetector(bareMobile, {
  finds: ['01712345678', ['mobil 01601234567', '01601234567'], '0532 1234567'.replace(' ', '')],
  ignores: ['id 99712345678', '0171234', 'sum 01234567890'],
})
