// Proves identifiers of the United Kingdom.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import {
  drivingLicence,
  nationalHealth,
  nationalInsurance,
  olderPlate,
  passport,
  plate,
  postcode,
} from './united-kingdom.ts'

describeDetector(nationalHealth, {
  finds: ['401-023-2137', ['NHS 4010232137', '4010232137']],
  ignores: ['401-023-2138', 'run 4010232137 failed on the second machine', '0000000000'],
})
describeDetector(nationalInsurance, {
  finds: [['nino: PR 123612C', 'PR 123612C'], 'hh 01 02 03 d'],
  ignores: ['AA 12 34 56 H', 'BG123612A', 'FQ 00 00 00 C', 'abPR123612C'],
})
describeDetector(drivingLicence, {
  finds: ['MORGA657054SM9IJ'],
  ignores: ['MORGA613054SM9IJ', 'MORGA650054SM9IJ', '99999657054SM9IJ'],
})
describeDetector(passport, {
  finds: [['My passport number is CD7654321', 'CD7654321']],
  ignores: ['part CD7654321', 'passport CDE654321'],
})
describeDetector(postcode, {
  finds: [['My address is SW1A 1AA in London', 'SW1A 1AA'], 'EC1A 1BB'],
  ignores: ['QA1 1AA', 'the address SW1A 1CA', 'Model W1A 1HQ sells better than the older ones'],
})
describeDetector(plate, {
  finds: [['My car reg is AB51 ABC', 'AB51 ABC'], 'BD62XYZ'],
  ignores: ['AB35 ABC', 'IB51 ABC', 'key ab51abc of the map that we look at'],
})
describeDetector(olderPlate, {
  finds: [['number plate A123 BCD', 'A123 BCD']],
  ignores: ['A123 BCD', 'number plate I123 BCD'],
})
