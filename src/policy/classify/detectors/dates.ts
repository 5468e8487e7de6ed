// Owns dates that tell of a person: birth, stays in hospital, and an age over 89.
import { fullDate } from '../checks/calendar.ts'
import type { KeywordDetector, PatternDetector } from '../engine/detector.ts'

/** Between the word and the date: a little text on the same line. */
const between = '[^\\n\\d]{0,40}?'

export const dateOfBirth: KeywordDetector = {
  kind: 'keyword',
  rule: 'date_of_birth',
  type: 'date_of_birth',
  level: 'pii',
  category: 'pii',
  source: 'own; 45 CFR 164.514(b)(2)(i)(C)',
  keywords: ['born', 'birth', 'dob', 'd.o.b', 'bday', 'geboren', 'geb.', 'geb ', 'gebdat', 'geburt', 'jahrgang'],
  after: 90,
  pattern: new RegExp(
    `(?:born|birth(?:day|[ _-]?date)?|date[ _]of[ _]birth|dob|d\\.o\\.b\\.?|bday|geboren|geb\\.?|gebdat(?:um)?|geburts?[a-zäöü]*)${between}(?<value>${fullDate})`,
    'gi',
  ),
  score: 0.8,
}

/** The star that stands for a birth in German texts. */
export const starOfBirth: PatternDetector = {
  kind: 'pattern',
  rule: 'date_of_birth_star',
  type: 'date_of_birth',
  level: 'pii',
  category: 'pii',
  source: 'DIN 5008',
  anchor: ['*'],
  pattern: /(?<![*\w])\* ?\d{1,2}\. ?(?:\d{1,2}\.|[A-Zä][a-zä]{2,8}) ?(?:19|20)\d{2}(?!\d)/g,
  score: 0.6,
}

export const clinicalDate: KeywordDetector = {
  kind: 'keyword',
  rule: 'clinical_date',
  type: 'clinical_date',
  level: 'hipaa',
  category: 'phi',
  source: '45 CFR 164.514(b)(2)(i)(C)',
  keywords: [
    'admitted',
    'admission',
    'discharged',
    'discharge',
    'hospitali',
    'surgery',
    'operated',
    'diagnos',
    'biopsy',
    'date of death',
    'deceased',
    'died',
    'aufgenommen',
    'aufnahme',
    'entlassen',
    'entlassung',
    'stationär',
    'operiert',
    'operation',
    'eingriff',
    'verstorben',
    'gestorben',
    'sterbe',
    'lab results',
    'vaccinat',
    'geimpft',
    'impfung',
  ],
  after: 90,
  pattern: new RegExp(
    `(?:admitted|admission|discharged?|hospitali[sz](?:ed|ation)|surgery|operated|diagnos(?:ed|is|e|tiziert)|biopsy|date of death|deceased|died|aufgenommen|aufnahme(?:datum)?|entlass(?:en|ung)s?(?:datum)?|stationär[a-z]*|operiert|operation|eingriff|verstorben|gestorben|sterbedatum|lab results|vaccinat(?:ed|ion)|geimpft|impfung)${between}(?<value>${fullDate})`,
    'gi',
  ),
  score: 0.35,
  context:
    /\b(?:patient|hospital|clinic|ward|physician|dr\.|doctor|medical|krank|klinik|station|arzt|ärzt|praxis|befund|mrn|icd)/,
  inContext: 0.7,
}

export const advancedAge: KeywordDetector = {
  kind: 'keyword',
  rule: 'age_over_89',
  type: 'age_over_89',
  level: 'hipaa',
  category: 'phi',
  source: '45 CFR 164.514(b)(2)(i)(C): ages over 89',
  keywords: ['year', 'yrs', 'aged', 'age', 'jahre', 'jährig', 'jaehrig', 'alter'],
  before: 12,
  after: 30,
  pattern:
    /(?<![\w.,-])(?<value>(?:9\d|1[01]\d)(?:[ -]?(?:year|yr)s?[ -]?old\b| Jahre alt\b|[ -]?jährige?[rsnm]?\b|[ -]?jaehrige?[rsnm]?\b))|(?<![\w-])(?:aged?|alter)(?: of| von)?[ :]{1,2}(?:9\d|1[01]\d)(?![\w%.,:-]| ?(?:days?|hours?|minutes?|seconds?|ms|sec|min|tage|stunden))/gi,
  score: 0.6,
}
