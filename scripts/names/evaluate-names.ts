// Owns `npm run evaluate:names -- <data folder>`: the curve of the shipped tagger, by source left out, and its cost.
import { namesScore, namesThreshold } from '../../src/policy/classify/names/detect-names.ts'
import { CORPORA, type Example, isHeldOut, readCorpus, readNegatives } from './corpora.ts'
import { harmlessCode, harmlessProse, shareFrom, thresholdAt, withNames } from './measure.ts'
import { quantised, textLogOdds, trainTagger } from './train-tagger.ts'
import { trainingSet } from './training-set.ts'

const folder = process.argv[2]
if (folder === undefined)
  throw new Error('usage: npm run evaluate:names -- <folder that holds ner/ and negatives.jsonl>')
const SHARES = [0.02, 0.05, 0.1, 0.2]
const percent = (share: number) => `${(share * 100).toFixed(1)} %`
const line = (...cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`)

const all = [...CORPORA.flatMap((name) => readCorpus(folder, name)), ...readNegatives(folder)]
const heldOut = all.filter(isHeldOut)
const scoresOf = (examples: readonly Example[]) => examples.map(({ text }) => namesScore(text))

console.log(
  'Recall of held-out texts with a name, at the threshold that flags so much of the harmless prose beside it (test half):\n',
)
line('texts', 'with a name', 'harmless', ...SHARES.map((share) => `at ${share * 100} %`))
line('---', ...['with', 'harmless', ...SHARES].map(() => '---:'))
const groups: readonly (readonly [string, (example: Example) => boolean])[] = [
  ['all', () => true],
  ['English', ({ language }) => language === 'en'],
  ['German', ({ language }) => language === 'de'],
  ...CORPORA.filter((name) => name !== 'meddocan').map(
    (name) => [name, ({ source }: Example) => source === name] as const,
  ),
]
for (const [name, belongs] of groups) {
  const positive = scoresOf(withNames(heldOut, 'test').filter(belongs))
  const negative = scoresOf(harmlessProse(heldOut, 'test').filter(belongs))
  line(
    name,
    String(positive.length),
    String(negative.length),
    ...SHARES.map((share) => shareFrom(positive, thresholdAtScore(negative, share)).toFixed(3)),
  )
}

console.log('\nAt the points that are set (test half):\n')
line('texts', 'number', 'balanced', 'strict')
line('---', '---:', '---:', '---:')
const points = (['balanced', 'strict'] as const).map((point) => namesThreshold(point))
const pointRow = (name: string, examples: readonly Example[]) => {
  const scores = scoresOf(examples)
  line(name, String(examples.length), ...points.map((threshold) => percent(shareFrom(scores, threshold))))
}
for (const [name, belongs] of groups.slice(0, 3)) {
  pointRow(`with a name, ${name}`, withNames(heldOut, 'test').filter(belongs))
  pointRow(`harmless prose, ${name}`, harmlessProse(heldOut, 'test').filter(belongs))
}
pointRow(
  'harmless prose, negatives only',
  harmlessProse(heldOut, 'test').filter(({ source }) => source === 'negatives'),
)
pointRow('code, logs, settings, data', harmlessCode(heldOut, 'test'))
for (const name of CORPORA.filter((corpus) => corpus !== 'meddocan')) {
  pointRow(
    `name-free sentences, ${name}`,
    harmlessProse(heldOut, 'test').filter(({ source }) => source === name),
  )
}
for (const sentences of [5, 20])
  pointRow(
    `name-free sentences, ${sentences} joined`,
    joined(
      harmlessProse(heldOut, 'test').filter(({ source }) => source !== 'negatives'),
      sentences,
    ),
  )

console.log('\nCost, microseconds per KiB (best of five runs over all held-out texts of a kind):\n')
for (const [name, examples] of [
  ['prose with and without names', [...harmlessProse(heldOut, 'test'), ...withNames(heldOut, 'test')]],
  ['code', harmlessCode(heldOut, 'test')],
] as const) {
  console.log(`${name}: ${microsecondsPerKib(examples.map(({ text }) => text)).toFixed(0)}`)
}

console.log('\nA source left out of training (all of it is the test, tagger alone):\n')
line('source left out', 'with a name', 'harmless', ...SHARES.map((share) => `at ${share * 100} %`))
line('---', ...['with', 'harmless', ...SHARES].map(() => '---:'))
for (const name of CORPORA.filter((corpus) => corpus !== 'meddocan')) {
  const { bytes, scale } = quantised(trainTagger(trainingSet(folder, name)))
  const examples = readCorpus(folder, name)
  const scores = (having: boolean) =>
    examples.filter(({ names }) => names.length > 0 === having).map((example) => textLogOdds(example, bytes, scale))
  const negative = scores(false)
  const positive = scores(true)
  line(
    name,
    String(positive.length),
    String(negative.length),
    ...SHARES.map((share) => shareFrom(positive, thresholdAt(negative, share)).toFixed(3)),
  )
}

function thresholdAtScore(scores: readonly number[], share: number): number {
  return [...scores].sort((one, other) => other - one)[Math.floor(scores.length * share)] ?? 0
}

function joined(examples: readonly Example[], size: number): Example[] {
  const texts: Example[] = []
  for (let at = 0; at + size <= examples.length; at += size) {
    const part = examples.slice(at, at + size)
    texts.push({ ...(part[0] as Example), text: part.map(({ text }) => text).join('\n') })
  }
  return texts
}

function microsecondsPerKib(texts: readonly string[]): number {
  const units = texts.reduce((sum, text) => sum + text.length, 0)
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 5; run += 1) {
    const startedMs = performance.now()
    for (const text of texts) namesScore(text)
    best = Math.min(best, performance.now() - startedMs)
  }
  return (best * 1000) / (units / 1024)
}
