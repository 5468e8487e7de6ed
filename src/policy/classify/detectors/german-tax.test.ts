// Proves German tax identifiers by their check digits.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { taxId, taxNumber, taxNumberUnified, vatId } from './german-tax.ts'

describeDetector(taxId, {
  finds: [['Meine Steuer-ID: 86095742719.', '86095742719'], '86 095 742 719', '47036892816'],
  ignores: ['86095742718', '06095742719', '11111111111', '86 095 742 718', '860957427190'],
})
describeDetector(taxNumber, {
  finds: ['123/456/78901', ['St.-Nr. 12/345/67890', '12/345/67890']],
  ignores: ['1/2/3', '2024/11/27', 'a/123/456/78901'],
})
describeDetector(taxNumberUnified, {
  finds: [['Steuernummer: 0981508150999', '0981508150999']],
  ignores: ['EAN 4018341390786 steht darauf', '028150815012'],
})
describeDetector(vatId, {
  finds: [['USt-IdNr. DE 136 695 976 von', 'DE 136 695 976'], 'DE129273398', 'de-136-695-976'],
  ignores: ['DE136695977', 'DE12345678', 'DE1234567890', 'code 136695976', 'made 136695976'],
})
