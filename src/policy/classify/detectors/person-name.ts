// Owns the detector of persons' names, over the tagger in names/.
import type { TextDetector } from '../engine/detector.ts'
import { detectNames, type NamesPoint } from '../names/detect-names.ts'

/** The least score that is reported; the tagger's own threshold has decided already. */
const SURE_ENOUGH = 0.4

const personal = /\b(?:name|user|person|patient|author|customer|contact)\b/
const threeWords = /\S[ \t]+\S+[ \t]+\S/

/** @param point how eager it is; see docs/reference/names.md for what each finds and flags. */
export function personNameDetector(point: Exclude<NamesPoint, 'off'>): TextDetector {
  return {
    rule: `person_name_${point}`,
    type: 'person_name',
    level: 'pii',
    category: 'pii',
    source: 'Rules, gazetteer and a tagger trained on the corpora named in NOTICE',
    kind: 'text',
    *find({ text, label }) {
      // Under a member name of the caller's own, such as `model`, a value of a word or two is no prose.
      if (label !== '' && !personal.test(label) && !threeWords.test(text)) return
      for (const { start, end, score } of detectNames(text, { point })) {
        yield { start, end, score: Math.max(score, SURE_ENOUGH) }
      }
    },
  }
}
