// Proves number plates by their districts.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { plate, spokenPlate } from './german-plate.ts'

describeDetector(plate, {
  finds: [['Der Wagen HH-AB 1234 fuhr', 'HH-AB 1234'], 'KA-EF-123H'],
  ignores: ['XX-AB 1234', 'GSR-AB 12V', 'HH-AB-1234-5', 'B-AB 1234 of the list'],
})
describeDetector(spokenPlate, {
  finds: ['B AB 1234', ['Kennzeichen: m xy 999.', 'm xy 999']],
  ignores: [
    'BAB1234',
    'B 1234',
    'in an 1234 list of things that matter',
    'Der Wagen ist ab 1234 Euro zu haben',
    'BXYZ AB 1234',
  ],
})
