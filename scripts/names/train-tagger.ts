// Owns the training of the tagger: logistic regression on hashed features, AdaGrad, feature dropout, one seed.
import { FeatureReader, WEIGHT_BITS } from '../../src/policy/classify/names/features.ts'
import { skippedRegions } from '../../src/policy/classify/names/skipped-regions.ts'
import { tokenize } from '../../src/policy/classify/names/tokenize.ts'
import type { Example } from './corpora.ts'
import { Random } from './random.ts'

/** So many taggers are trained, each with its own seed, and their weights averaged: steadier than any one of them. */
const MEMBERS = 4
const EPOCHS = 6
const LEARNING_RATE = 0.15
/** Share of the features of a token that are left out, at random, each time it is seen: keeps single words from deciding. */
const DROPOUT = 0.3
/** A missed name counts as much as this many false alarms. */
const NAME_WEIGHT = 2
/** Errors below this probability change nothing. */
const SMALL_ERROR = 0.02

interface TokenExample {
  readonly features: Int32Array
  readonly isName: boolean
}

/** The candidates of one text with their features. */
export function tokenExamples({ text, names }: Example): TokenExample[] {
  const tokens = tokenize(text, skippedRegions(text))
  const reader = new FeatureReader(text, tokens)
  const found: TokenExample[] = []
  for (let at = 0; at < tokens.start.length; at += 1) {
    if (!reader.isCandidate(at)) continue
    reader.read(at)
    const start = tokens.start[at] as number
    const end = tokens.end[at] as number
    found.push({
      features: Int32Array.from(reader.indexes.slice(0, reader.count)),
      isName: names.some((name) => start < name.end && end > name.start),
    })
  }
  return found
}

/**
 * Trains on `examples`; the same examples give the same weights on every machine: it uses additions, multiplications, square
 * roots and the portable exponential below, nothing else.
 */
export function trainTagger(examples: readonly Example[], members: number = MEMBERS): Float32Array {
  const texts = examples.map(tokenExamples).filter((tokens) => tokens.length > 0)
  const sums = new Float64Array(1 << WEIGHT_BITS)
  for (let member = 1; member <= members; member += 1) {
    const weights = trainMember([...texts], new Random(member))
    for (let at = 0; at < sums.length; at += 1) sums[at] = (sums[at] as number) + (weights[at] as number)
  }
  return Float32Array.from(sums, (sum) => sum / members)
}

function trainMember(texts: TokenExample[][], random: Random): Float32Array {
  const weights = new Float32Array(1 << WEIGHT_BITS)
  const squares = new Float32Array(1 << WEIGHT_BITS).fill(1)
  const kept = new Int32Array(256)
  for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
    random.shuffle(texts)
    for (const tokens of texts) {
      for (const { features, isName } of tokens) {
        let count = 0
        let sum = 0
        for (const feature of features) {
          if (random.next() < DROPOUT) continue
          kept[count] = feature
          count += 1
          sum += weights[feature] as number
        }
        const error = (sigmoid(sum / (1 - DROPOUT)) - (isName ? 1 : 0)) * (isName ? NAME_WEIGHT : 1)
        if (Math.abs(error) < SMALL_ERROR) continue
        for (let at = 0; at < count; at += 1) {
          const feature = kept[at] as number
          squares[feature] = (squares[feature] as number) + error * error
          weights[feature] =
            (weights[feature] as number) - (LEARNING_RATE * error) / Math.sqrt(squares[feature] as number)
        }
      }
    }
  }
  return weights
}

/** The logistic function by its own exponential: Math.exp may differ in the last bit between versions of an engine. */
function sigmoid(x: number): number {
  const clipped = Math.max(-30, Math.min(30, x))
  const steps = 1024
  let power = 1 - clipped / steps
  for (let squarings = 0; squarings < 10; squarings += 1) power *= power
  return 1 / (1 + power)
}

/** Weights in signed bytes, and what one step is worth. */
export function quantised(weights: Float32Array): { bytes: Int8Array; scale: number } {
  const magnitudes = Float32Array.from(weights, Math.abs).sort()
  // The largest weights are clipped, so that the many small ones keep their precision.
  const limit = magnitudes[Math.floor(magnitudes.length * 0.99995)] as number
  const scale = Number((limit / 127).toPrecision(6))
  return {
    bytes: Int8Array.from(weights, (weight) => Math.max(-127, Math.min(127, Math.round(weight / scale)))),
    scale,
  }
}

/** The log-odds of the most likely token of a text, by quantised weights. */
export function textLogOdds(example: Example, bytes: Int8Array, scale: number): number {
  let best = Number.NEGATIVE_INFINITY
  for (const { features } of tokenExamples(example)) {
    let sum = 0
    for (const feature of features) sum += bytes[feature] as number
    best = Math.max(best, sum * scale)
  }
  return best
}
