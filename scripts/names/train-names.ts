// Owns `npm run train:names -- <data folder>`: trains the tagger and writes src/policy/classify/names/weights.ts.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CORPORA, isHeldOut, readCorpus, readNegatives } from './corpora.ts'
import { harmlessProse, thresholdAt } from './measure.ts'
import { quantised, textLogOdds, trainTagger } from './train-tagger.ts'
import { trainingSet } from './training-set.ts'

/** So much of the harmless prose of the calibration half is flagged at each point. */
const BALANCED_SHARE = 0.045
const STRICT_SHARE = 0.165

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: npm run train:names -- <folder that holds ner/ and negatives.jsonl>')
const startedMs = performance.now()
const seconds = () => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
const examples = trainingSet(folder)
console.log(`${examples.length} texts (${seconds()})`)
const { bytes, scale } = quantised(trainTagger(examples))
console.log(`trained (${seconds()})`)

// The points are set on one half of the held-out texts; evaluate-names.ts measures on the other.
const heldOut = [...CORPORA.flatMap((name) => readCorpus(folder, name)), ...readNegatives(folder)].filter(isHeldOut)
const scores = harmlessProse(heldOut, 'calibration').map((example) => textLogOdds(example, bytes, scale))
const balanced = thresholdAt(scores, BALANCED_SHARE)
const strict = thresholdAt(scores, STRICT_SHARE)
console.log(
  `balanced from log-odds ${balanced}, strict from ${strict}, ${bytes.filter((byte) => byte !== 0).length} of ${bytes.length} weights are not 0`,
)

const lines =
  Buffer.from(bytes.buffer)
    .toString('base64')
    .match(/.{1,4000}/g) ?? []
writeFileSync(
  fileURLToPath(new URL('../../src/policy/classify/names/weights.ts', import.meta.url)),
  `// Owns the trained weights of the name tagger, a signed byte each, in base64. Written by scripts/names/train-names.ts.
// Trained on German LER, GermEval 2014, WNUT 2017, Broad Twitter Corpus and SPACCC_MEDDOCAN (all CC BY 4.0, named in NOTICE)
// and on generated texts.

/** What one step of a weight is worth, in log-odds. */
export const WEIGHT_SCALE = ${scale}

/** A text is flagged from this score on, in log-odds. */
export const BALANCED_LOG_ODDS = ${balanced}
export const STRICT_LOG_ODDS = ${strict}

/** 2 ** WEIGHT_BITS signed bytes in base64. */
export const WEIGHTS: string = \`
${lines.join('\n')}
\`
`,
)
