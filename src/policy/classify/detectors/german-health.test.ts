// Proves identifiers of the German health system.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { healthInsurance, physician, practice } from './german-health.ts'

describeDetector(healthInsurance, {
  finds: [['KVNR A123456780', 'A123456780'], 'm123456785'],
  ignores: ['A123456787', '1123456780', 'A12345678', 'A1234567800'],
})
describeDetector(physician, {
  finds: [['LANR: 123456601', '123456601'], '987654401'],
  ignores: ['LANR 123456901', 'Zeile 123456601 der Datei enthält Fehler', '1234566010'],
})
describeDetector(practice, {
  finds: [['BSNR 711234567', '711234567']],
  ignores: ['711234567', 'BSNR 000000000', 'BSNR 02123456'],
})
