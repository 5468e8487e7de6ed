// Owns the trained weights at run time: read once, when the first text is scored.
import { FeatureReader, WEIGHT_BITS } from './features.ts'
import type { Tokens } from './tokenize.ts'
import { WEIGHT_SCALE, WEIGHTS } from './weights.ts'

let weights: Int8Array | undefined

/** The weights, one signed byte each; times {@link WEIGHT_SCALE} they are log-odds. */
export function taggerWeights(): Int8Array {
  if (weights === undefined) {
    const bytes = Buffer.from(WEIGHTS, 'base64')
    if (bytes.length !== 1 << WEIGHT_BITS)
      throw new Error(`the tagger has ${bytes.length} weights, not ${1 << WEIGHT_BITS}`)
    weights = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  }
  return weights
}

/** The log-odds of each token that it is part of a name; minus infinity for tokens that cannot be. */
export function tokenScores(text: string, tokens: Tokens): Float64Array {
  const table = taggerWeights()
  const reader = new FeatureReader(text, tokens)
  const scores = new Float64Array(tokens.start.length).fill(Number.NEGATIVE_INFINITY)
  for (let at = 0; at < scores.length; at += 1) {
    if (!reader.isCandidate(at)) continue
    reader.read(at)
    let sum = 0
    for (let feature = 0; feature < reader.count; feature += 1)
      sum += table[reader.indexes[feature] as number] as number
    scores[at] = sum * WEIGHT_SCALE
  }
  return scores
}
