// Owns numbers of medical records, patients and health plans: named by a word, of any form.
import type { KeywordDetector } from '../engine/detector.ts'

export const medicalRecord: KeywordDetector = {
  kind: 'keyword',
  rule: 'medical_record',
  type: 'medical_record',
  level: 'hipaa',
  category: 'phi',
  source: '45 CFR 164.514(b)(2)(i)(H) and (I)',
  keywords: [
    'mrn',
    'medical record',
    'patient',
    'chart n',
    'chart #',
    'health plan',
    'member id',
    'fallnummer',
    'fall-nr',
    'krankenakte',
    'beneficiary',
  ],
  after: 70,
  pattern:
    /(?:\bmrn|medical[ _]record(?:[ _](?:no|num|number|id|#))?|patient(?:en)?[ _-]?(?:id|no|num|number|nr|nummer|identifier|akte|#)|chart (?:no|number|#)|health plan (?:id|no|number|beneficiary)|member id|fall(?:nummer|-nr)|krankenakte(?:nnummer)?|beneficiary (?:id|no|number))[a-z]{0,6}\.?(?: is| ist| lautet)?[ \t]{0,2}[:=#"']{0,3}[ \t]{0,2}(?<value>(?=[A-Z0-9/-]{0,8}\d)[A-Z]{0,4}[-/]?\d[A-Z0-9/-]{3,14})(?![\w-])/gi,
  score: 0.7,
}
