// Proves licences, register numbers and postcodes of Germany.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { commercialRegister, drivingLicence, postcode } from './german-registers.ts'

describeDetector(drivingLicence, {
  finds: [['Führerschein BO12345678A', 'BO12345678A'], 'mu12345678b'],
  ignores: ['Artikel BO12345678A ist ausverkauft und kommt wieder', 'BO12345678'],
})
describeDetector(commercialRegister, {
  finds: [['Amtsgericht München HRB 12345.', 'HRB 12345'], 'hra99999'],
  ignores: ['HRC 12345', 'HRB 1234567', 'XHRB 1'],
})
describeDetector(postcode, {
  finds: [['PLZ: 10115', '10115']],
  ignores: ['10115', 'Port 10115 ist belegt', 'PLZ 00000'],
})
