// Proves national identifiers of Italy, Spain, Poland, Finland and Sweden.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import {
  finnishIdentity,
  finnishIdentitySigned,
  italianFiscalCode,
  italianVat,
  polishPesel,
  southernDocuments,
  spanishForeigner,
  spanishTaxId,
  swedishOrganisation,
  swedishPerson,
} from './europe.ts'

describeDetector(italianFiscalCode, { finds: ['RSSMRA85T10A562S'], ignores: ['RSSMRA85Z10A562S', 'RSSMRA85T90A562S'] })
describeDetector(italianVat, {
  finds: ['01333550323', ['Partita IVA 01333550323', '01333550323']],
  ignores: ['01333550324', '00000000000', 'value 01333550323 came out of the long run'],
})
describeDetector(southernDocuments, {
  finds: [
    ['Mi pasaporte es AAA123456', 'AAA123456'],
    ['patente AA0123456B', 'AA0123456B'],
  ],
  ignores: ['AAA123456', 'sku AA0123456B'],
})
describeDetector(spanishTaxId, { finds: ['12345678Z', '55555555-K'], ignores: ['12345678A', '1234567', '12345678Zx'] })
describeDetector(spanishForeigner, { finds: ['X9613851N', 'Y8063915-Z'], ignores: ['Y8063915Q', 'W8063915Q'] })
describeDetector(polishPesel, {
  finds: ['44051401458', ['pesel 44051401458', '44051401458']],
  ignores: ['44051401459', '85040812345', 'count 44051401458 of the rows that were read'],
})
describeDetector(finnishIdentity, { finds: ['010594Y9032'], ignores: ['010594Y9033', '310289A211C'] })
describeDetector(finnishIdentitySigned, { finds: ['131052-308T'], ignores: ['111111-111A', '310289-211C'] })
describeDetector(swedishPerson, {
  finds: ['871220-2384', ['personnummer 198712202384', '198712202384']],
  ignores: ['871220-2385', '871320-2384', '19001309-2393'],
})
describeDetector(swedishOrganisation, { finds: ['556703-7485'], ignores: ['556703-7486', '551703-7485'] })
