// Proves account numbers by country, length and check digits.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { iban } from './iban.ts'

describeDetector(iban, {
  finds: [
    ['IBAN DE89 3704 0044 0532 0130 00 and more', 'DE89 3704 0044 0532 0130 00'],
    ['to GB29NWBK60161331926819, please', 'GB29NWBK60161331926819'],
    'fr1420041010050500013m02606',
    ['(NL91-ABNA-0417-1643-00)', 'NL91-ABNA-0417-1643-00'],
  ],
  ignores: [
    'DE89 3704 0044 0532 0130 01',
    'DE89 3704 0044 0532 0130 0',
    'ZZ89 3704 0044 0532 0130 00',
    'xDE89370400440532013000',
    'DE89370400440532013000x',
    'SHA1 3704 0044 0532 0130 00',
  ],
})
