// Proves numbers of patients and records.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { medicalRecord } from './medical-record.ts'

describeDetector(medicalRecord, {
  finds: [
    ['MRN: 00482913, chest pain', '00482913'],
    ['patient id 4711-2233', '4711-2233'],
    ['Patientennummer: P1234567', 'P1234567'],
    ['medical record number is AB-12345', 'AB-12345'],
  ],
  ignores: [
    'the patient was 45 minutes late',
    'patient_id BIGINT',
    'be patient: 5 retries',
    'mrn',
    'patient number unknown',
  ],
})
