// Owns what the tagger is trained on: four fifths of the corpora and negatives, copies of them, and generated texts.
import { CORPORA, type Example, isHeldOut, readCorpus, readNegatives } from './corpora.ts'
import { generate, inOtherCase, withOtherNames } from './generate.ts'
import { generatedCode } from './generate-code.ts'
import { Random } from './random.ts'

const SEED = 20_261_127
const GENERATED = 8000
const GENERATED_CODE = 1500
const SHARE_IN_OTHER_CASE = 0.15

/** The training texts. `without` leaves one corpus out altogether, to see how the tagger does on a source it has never met. */
export function trainingSet(folder: string, without?: string): Example[] {
  const random = new Random(SEED)
  const corpora = CORPORA.filter((name) => name !== without).flatMap((name) =>
    readCorpus(folder, name).filter((example) => name === 'meddocan' || !isHeldOut(example)),
  )
  return [
    ...corpora,
    ...withOtherNames(corpora, random),
    ...inOtherCase(corpora, random, SHARE_IN_OTHER_CASE),
    ...readNegatives(folder).filter((example) => !isHeldOut(example)),
    ...generate(random, GENERATED),
    ...generatedCode(random, GENERATED_CODE),
  ]
}
