// Owns the detector of persons' names, over the tagger in names/.
import type { TextDetector } from '../engine/detector.ts'
import { detectNames, type NamesPoint } from '../names/detect-names.ts'

/** The least score that is reported; the tagger's own threshold has decided already. */
const SURE_ENOUGH = 0.4

/** Under these a single word may be a name; a `user` is mostly an account. */
const personal = /\b(?:name|person|patient|customer|contact)\b/
const twoWords = /\S[ \t]+\S/
/** What stands before an example, such as the one of a place in the description of a tool's parameter. */
const beforeExample = /(?:\be\.\s?g\.|\bfor example|\bsuch as|\bz\.\s?B\.|\bzum Beispiel)[\s:,"'`“„(]{0,4}$/i
/** Units in which that is looked for. */
const EXAMPLE_BEFORE = 20
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
      if (label !== '' && !personal.test(label) && !(label === 'user' ? twoWords : threeWords).test(text)) return
      for (const { start, end, score } of detectNames(text, { point })) {
        // In prose an example may well be a person; under a label, where programs speak, it is a made-up value.
        if (label !== '' && beforeExample.test(text.slice(Math.max(0, start - EXAMPLE_BEFORE), start))) continue
        yield { start, end, score: Math.max(score, SURE_ENOUGH) }
      }
    },
  }
}
