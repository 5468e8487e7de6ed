// Proves identifiers of the United States health system.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { drugEnforcement, medicareBeneficiary, medicareBeneficiaryCompact, nationalProvider } from './us-health.ts'

describeDetector(nationalProvider, {
  finds: [['NPI 1234567893', '1234567893'], '1245319599'],
  ignores: ['NPI 1234567890', 'NPI 3234567893', 'at 1565807994 seconds it began to run', '1111111112'],
})
describeDetector(medicareBeneficiary, {
  finds: [['Patient 1EG4-TE5-MK73 came', '1EG4-TE5-MK73'], '1eg4-te5-mk73'],
  ignores: ['1SG4-TE5-MK73', 'AEG4-TE5-MK73', '1EG4-TE5-MI73', '1EG4-TE5-MK734'],
})
describeDetector(medicareBeneficiaryCompact, {
  finds: [['The MBI is 4EF6GH8JK12.', '4EF6GH8JK12'], '1EG4TE5MK73'],
  ignores: ['build 1EG4TE5MK73 passed all the tests', '1EG4TE5MK7'],
})
describeDetector(drugEnforcement, {
  finds: ['GL0285191', ['DEA BB1388568', 'BB1388568']],
  ignores: ['The DEA number is BG8207031', 'AB1234567', 'GL028519'],
})
