// Proves national identifiers of Australia, Canada, Nigeria and South Africa.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import {
  australianBusiness,
  australianCompany,
  australianMedicare,
  australianTaxFile,
  canadianSocialInsurance,
  nigerianIdentity,
  nigerianPlate,
  southAfricanIdentity,
} from './africa-america-oceania.ts'

describeDetector(canadianSocialInsurance, {
  finds: ['130 692 544', ['SIN is 130-692-544', '130-692-544']],
  ignores: ['130 692 545', '046 454 286', '046-454 286', 'Wert 51 130 692 544 im Lager'],
})
describeDetector(australianTaxFile, { finds: ['876 543 210'], ignores: ['824 753 557'] })
describeDetector(australianBusiness, { finds: ['51 824 753 556'], ignores: ['52 824 753 556', '00000000560'] })
describeDetector(australianCompany, { finds: ['005 499 981'], ignores: ['824 753 557'] })
describeDetector(australianMedicare, { finds: ['2123 45670 1'], ignores: ['2123 25870 1'] })
describeDetector(nigerianIdentity, {
  finds: ['12345678902', ['NIN: 98765432102', '98765432102']],
  ignores: ['12345678901', 'run 12345678902 of the test was the slowest'],
})
describeDetector(nigerianPlate, {
  finds: ['APP-456CV', ['The plate number is ABJ-123XY', 'ABJ-123XY']],
  ignores: ['AB-1234CD', 'module ABJ-123XY of the kit was never sold'],
})
describeDetector(southAfricanIdentity, {
  finds: ['8001015009087', ['ID is 9202201234088.', '9202201234088']],
  ignores: ['8001015009086', '9913326789285'],
})
