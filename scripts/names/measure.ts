// Owns how the detector is measured: which texts are harmless prose, which code, where a threshold lies.
import { hashOf } from '../../src/policy/classify/names/letters.ts'
import type { Example } from './corpora.ts'

const PROSE = new Set(['prose_technical', 'product_names', 'numbers', 'near_miss', 'near_miss_named'])

/** The held-out texts are halved: the points are set on one half and measured on the other. */
export type Half = 'calibration' | 'test'
export const halfOf = ({ text }: Example): Half => ((hashOf(text) >>> 20) % 2 === 0 ? 'calibration' : 'test')

const hasName = ({ names }: Example) => names.length > 0
const isMeasured = ({ source }: Example) => source !== 'meddocan'

/** Name-free sentences of the corpora, and negatives that are prose. */
export const harmlessProse = (examples: readonly Example[], half: Half): Example[] =>
  examples.filter(
    (example) =>
      halfOf(example) === half &&
      isMeasured(example) &&
      !hasName(example) &&
      (example.kind === undefined || PROSE.has(example.kind)),
  )

/** Negatives that are code, logs, settings or data. */
export const harmlessCode = (examples: readonly Example[], half: Half): Example[] =>
  examples.filter((example) => halfOf(example) === half && example.kind !== undefined && !PROSE.has(example.kind))

/** Sentences with a name. */
export const withNames = (examples: readonly Example[], half: Half): Example[] =>
  examples.filter((example) => halfOf(example) === half && isMeasured(example) && hasName(example))

/** The lowest threshold, to three digits, that at most `share` of `scores` reach. */
export function thresholdAt(scores: readonly number[], share: number): number {
  const sorted = [...scores].sort((one, other) => other - one)
  const first = sorted[Math.floor(sorted.length * share)] ?? Number.NEGATIVE_INFINITY
  return Math.ceil(first * 1000 + 1) / 1000
}

/** The share of `scores` that reach `threshold`. */
export const shareFrom = (scores: readonly number[], threshold: number): number =>
  scores.length === 0 ? 0 : scores.filter((score) => score >= threshold).length / scores.length
