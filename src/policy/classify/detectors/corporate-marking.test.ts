// Proves marks of confidentiality, and that the word alone is none.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { markingBanner, markingField, markingPhrase, purviewLabel } from './corporate-marking.ts'

describeDetector(markingPhrase, {
  finds: [
    ['This is strictly confidential.', 'strictly confidential'],
    ['For internal use only', 'For internal use only'],
    ['Dieses Dokument ist streng vertraulich.', 'Dieses Dokument ist streng vertraulich'],
    ['Nur für den internen Gebrauch', 'Nur für den internen Gebrauch'],
    ['we are under NDA here', 'under NDA'],
  ],
  ignores: [
    'a confidential OAuth client',
    'internal load balancer',
    'the internal function is only called here',
    'confidential computing',
    'vertrauliche Gespräche sind gut',
  ],
})
describeDetector(markingBanner, {
  finds: [
    ['CONFIDENTIAL\nQ3', 'CONFIDENTIAL'],
    ['x\n*** VERTRAULICH ***\ny', 'VERTRAULICH'],
  ],
  ignores: ["level: 'confidential'", 'A CONFIDENTIAL CLIENT is one'],
})
describeDetector(markingField, {
  finds: [
    ['Classification: Confidential', 'Confidential'],
    ['Einstufung: streng vertraulich', 'streng vertraulich'],
    'TLP:RED',
  ],
  ignores: ['classification: number', "dataClassification: 'confidential'", 'the classification of animals'],
})
describeDetector(purviewLabel, {
  finds: ['MSIP_Label_f42aa342-8706-4288-bd11-ebb85995028c_Enabled'],
  ignores: ['MSIP_Label_1_Enabled'],
})
