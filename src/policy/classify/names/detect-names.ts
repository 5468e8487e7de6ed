// Owns the question whether a text names a person, and where.
import { ruleHits } from './rules.ts'
import { skippedRegions } from './skipped-regions.ts'
import { tokenScores } from './tagger.ts'
import { type Tokens, tokenize } from './tokenize.ts'
import { BALANCED_LOG_ODDS, STRICT_LOG_ODDS } from './weights.ts'

/**
 * How eager the detector is. `off` finds nothing. `balanced` flags at most about one in twenty harmless sentences,
 * `strict` one in five, and misses fewer names. The measured rates are in docs/reference/names.md.
 */
export type NamesPoint = 'off' | 'balanced' | 'strict'

/** A part of a text that is taken for a person's name. */
export interface NameSpan {
  /** UTF-16 offset of the first code unit. */
  readonly start: number
  /** UTF-16 offset after the last code unit. */
  readonly end: number
  /** From 0 to 1. */
  readonly score: number
}

export interface DetectNamesOptions {
  readonly point: NamesPoint
}

const THRESHOLDS: Readonly<Record<Exclude<NamesPoint, 'off'>, number>> = {
  balanced: BALANCED_LOG_ODDS,
  strict: STRICT_LOG_ODDS,
}

/** A token beside a found one belongs to the same name when it is at most this much less likely, in log-odds. */
const GROWTH = 2.5

/**
 * Finds the names of persons in a text, English or German. Code in back-ticks, URLs, e-mail addresses and identifiers are
 * not read. Pure, synchronous, linear in the length of the text; never throws.
 *
 * @example
 * detectNames('Please call Anna Weber back.', { point: 'balanced' }) // one span, 'Anna Weber'
 */
export function detectNames(text: string, { point }: DetectNamesOptions): NameSpan[] {
  if (point === 'off') return []
  const threshold = THRESHOLDS[point]
  const { tokens, scores } = evidence(text)
  const spans: NameSpan[] = []
  for (let at = 0; at < scores.length; at += 1) {
    let best = scores[at] as number
    if (best < threshold - GROWTH) continue
    const first = at
    while (at + 1 < scores.length && (scores[at + 1] as number) >= threshold - GROWTH) {
      at += 1
      best = Math.max(best, scores[at] as number)
    }
    if (best >= threshold)
      spans.push({ start: tokens.start[first] as number, end: tokens.end[at] as number, score: probability(best) })
  }
  return spans
}

/**
 * How likely it is, from 0 to 1, that a text names a person: the score of its most likely name, 0 when nothing can be one.
 * Compare with {@link namesThreshold}.
 */
export function namesScore(text: string): number {
  const { scores } = evidence(text)
  let best = Number.NEGATIVE_INFINITY
  for (const score of scores) if (score > best) best = score
  return probability(best)
}

/**
 * Reads the lists and the weights now, so that the first text does not wait for it: some tenths of a second on a busy machine.
 * Call it once when the process starts; calling it again costs nothing.
 */
export function prepareNames(): void {
  namesScore('Anna')
}

/** The score from which on a point flags a text. */
export const namesThreshold = (point: Exclude<NamesPoint, 'off'>): number => probability(THRESHOLDS[point])

const probability = (logOdds: number) => 1 / (1 + Math.exp(-logOdds))
const logOdds = (score: number) => Math.log(score / (1 - score))

/** What the tagger and the rules say of each token, in log-odds. */
function evidence(text: string): { tokens: Tokens; scores: Float64Array } {
  const tokens = tokenize(text, skippedRegions(text))
  const scores = tokenScores(text, tokens)
  for (const { from, to, score } of ruleHits(tokens)) {
    const floor = logOdds(score)
    for (let at = from; at < to; at += 1) scores[at] = Math.max(scores[at] as number, floor)
  }
  return { tokens, scores }
}
