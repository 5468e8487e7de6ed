// Proves national identifiers of six Asian countries.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import {
  indianAadhaar,
  indianDocuments,
  indianGoodsTax,
  indianPlate,
  indianTax,
  koreanBusiness,
  koreanForeigner,
  koreanLicence,
  koreanPassport,
  koreanResident,
  philippineTax,
  singaporeEntity,
  singaporeIdentity,
  thaiIdentity,
  turkishIdentity,
  turkishPlate,
} from './asia.ts'

describeDetector(indianAadhaar, {
  finds: ['3123 4567 8909', ['Aadhaar number is 400123456787 with', '400123456787']],
  ignores: ['1234 5678 9012', 'Der Wert 6011 5461 1926 5970 steht da'],
})
describeDetector(indianGoodsTax, {
  finds: [['GST: 07PQRST6789K1Z2', '07PQRST6789K1Z2']],
  ignores: ['00ABCDE1234F1Z5', '27ABCDE1234F1Y5'],
})
describeDetector(indianTax, { finds: ['ABCPD1234Z'], ignores: ['ABCXD1234Z', 'ABCD1234'] })
describeDetector(indianDocuments, {
  finds: [
    ['passport number: J6932157', 'J6932157'],
    ['my voter: DBJ2289013', 'DBJ2289013'],
  ],
  ignores: ['J6932157', 'ORD2289013'],
})
describeDetector(indianPlate, { finds: ['KA53ME3456'], ignores: ['ZZ53ME3456', 'ABNE123456'] })
describeDetector(koreanResident, {
  finds: ['960121-1234567', ['RRN is 9601211021413', '9601211021413']],
  ignores: ['960121-5234567', '001332-1234567', '960121+1021413'],
})
describeDetector(koreanForeigner, { finds: ['911124-5678901'], ignores: ['911124-1678901', '911324-5678901'] })
describeDetector(koreanBusiness, { finds: ['104-86-56659'], ignores: ['104-86-56658'] })
describeDetector(koreanLicence, { finds: ['11-22-123456-12'], ignores: ['99-22-123456-12', '11-22-12345-12'] })
describeDetector(koreanPassport, {
  finds: [['My passport number is M123A4567', 'M123A4567']],
  ignores: ['M123A4567', 'passport A123B4567'],
})
describeDetector(philippineTax, {
  finds: [['my tin is 000-123-456-000', '000-123-456-000']],
  ignores: ['000-123-456-000 of it', 'TIN 000-123-457-000'],
})
describeDetector(singaporeIdentity, {
  finds: ['S2740116C', ['my fin is g3300299L', 'g3300299L']],
  ignores: ['PA12348L', 'X2740116C'],
})
describeDetector(singaporeEntity, { finds: ['53125226D', 'T16RF0037C'], ignores: ['53125226', 'X16RF0037C'] })
describeDetector(thaiIdentity, {
  finds: ['1234567890121', ['Thai ID 2345678901234', '2345678901234']],
  ignores: ['1234567890123', '0234567890124', 'EAN 1234567890121 is printed on the box'],
})
describeDetector(turkishIdentity, {
  finds: ['10000000146', ['TC Kimlik 36493665440', '36493665440']],
  ignores: ['10000000145', '00000000000'],
})
describeDetector(turkishPlate, {
  finds: ['34 ABC 1234', ['plakası 06 JK 567 olarak', '06 JK 567']],
  ignores: ['82 ABC 123', 'add 34 g 100 of it to the bowl and stir'],
})
