// Proves pension insurance numbers by date and check digit.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { pensionInsurance, pensionInsuranceSpaced } from './german-pension.ts'

describeDetector(pensionInsurance, {
  finds: [['RVNR: 15070649C103 laut', '15070649C103'], '65070803a019'],
  ignores: ['15070649C100', '15071349C103', '15420649C103', '150706491103'],
})
describeDetector(pensionInsuranceSpaced, {
  finds: [['Nr. 15 070649 C 103', '15 070649 C 103']],
  ignores: ['15 070649 C 100', '15 071349 C 103'],
})
