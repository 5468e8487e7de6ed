// Owns the run of all detectors over one text, arranged so that most of them are never asked.
import type { DataClassification } from '../../../domain/data-classification.ts'
import type { Category } from '../finding.ts'
import { REPORTING_THRESHOLD } from '../finding.ts'
import type {
  Detector,
  DetectorFacts,
  Evidence,
  KeywordDetector,
  NumberDetector,
  PatternDetector,
  TextDetector,
  TokenDetector,
} from './detector.ts'
import { findDigits, shapeKey } from './digit-groups.ts'
import { KeywordIndex } from './keyword-index.ts'
import { ISOLATED_LENGTH, type ScannedText } from './scanned-text.ts'

/** A finding in one text, before it is known where that text stood. */
export interface Match {
  readonly start: number
  readonly end: number
  readonly type: string
  readonly score: number
  readonly rule: string
  readonly level: DataClassification
  readonly category: Category
}

/** Gets whether time is left; asked between steps. */
export type Checkpoint = () => void

/** Detectors, indexed by what they look at. Immutable and without state between calls. */
export class DetectorSet {
  readonly detectors: readonly Detector[]
  readonly #numbers = new Map<number, { readonly detector: NumberDetector; readonly score: number }[]>()
  readonly #tokens = new Map<number, TokenDetector[]>()
  readonly #digitPatterns: PatternDetector[] = []
  readonly #patterns: PatternDetector[] = []
  readonly #texts: TextDetector[] = []
  readonly #keywords: KeywordIndex<KeywordDetector>
  /** They need no keyword where the whole text is the value. */
  readonly #isolatedKeywords: KeywordDetector[] = []

  constructor(detectors: readonly Detector[]) {
    this.detectors = detectors
    const keywords: (readonly [string, KeywordDetector])[] = []
    for (const detector of detectors) {
      if (detector.kind === 'number') {
        for (const [shape, score] of Object.entries(detector.shapes))
          add(this.#numbers, shapeKey(shape), { detector, score })
      } else if (detector.kind === 'token') {
        for (const length of detector.lengths) add(this.#tokens, length, detector)
      } else if (detector.kind === 'pattern') {
        if (detector.anchor === 'digit') this.#digitPatterns.push(detector)
        else this.#patterns.push(detector)
      } else if (detector.kind === 'keyword') {
        for (const keyword of detector.keywords) keywords.push([keyword, detector])
        if (detector.isolated !== undefined) this.#isolatedKeywords.push(detector)
      } else this.#texts.push(detector)
    }
    this.#keywords = new KeywordIndex(keywords)
  }

  /** @throws what a detector throws; the caller makes that undecidable. */
  scan(scanned: ScannedText, checkpoint: Checkpoint = () => {}): Match[] {
    const found: Match[] = []
    if (scanned.hasDigit) {
      this.#scanDigits(scanned, found)
      checkpoint()
      for (const detector of this.#digitPatterns) runPattern(detector, scanned, 0, scanned.text.length, found)
      checkpoint()
    }
    for (const detector of this.#patterns) {
      if (!(detector.anchor as readonly string[]).some((anchor) => scanned.lower.includes(anchor))) continue
      runPattern(detector, scanned, 0, scanned.text.length, found)
    }
    checkpoint()
    this.#scanKeywords(scanned, found)
    if (scanned.text.length <= ISOLATED_LENGTH && scanned.label === '') {
      for (const detector of this.#isolatedKeywords) runPattern(detector, scanned, 0, scanned.text.length, found)
    }
    checkpoint()
    for (const detector of this.#texts) {
      for (const { start, end, score } of detector.find(scanned)) weigh(detector, scanned, start, end, score, found)
      checkpoint()
    }
    return withoutRepeats(found)
  }

  #scanDigits(scanned: ScannedText, found: Match[]): void {
    const { text } = scanned
    findDigits(text, scanned.digitGroups, {
      number: (start, end, key, separator, partial) => {
        const candidates = this.#numbers.get(key)
        if (candidates === undefined) return
        const written = text.slice(start, end)
        const digits = separator === '' ? written : written.replaceAll(separator, '')
        for (const { detector, score } of candidates) {
          if (separator !== '' && !(detector.separators ?? ' -').includes(separator)) continue
          if (detector.check && !detector.check(digits)) continue
          // Three groups out of seven are more often part of a long number than a number of their own.
          const own = partial && separator === ' ' && score < 0.9 ? 0 : score
          weigh(detector, scanned, start, end, own, found)
        }
      },
      token: (start, end) => {
        const candidates = this.#tokens.get(end - start)
        if (candidates === undefined) return
        const token = text.slice(start, end)
        let upper: string | undefined
        for (const detector of candidates) {
          if (!detector.pattern.test(token)) continue
          if (detector.check) {
            upper ??= token.toUpperCase()
            if (!detector.check(upper)) continue
          }
          weigh(detector, scanned, start, end, detector.score, found)
        }
      },
    })
  }

  #scanKeywords(scanned: ScannedText, found: Match[]): void {
    /** To where each detector has read: keywords that follow each other closely share a window. */
    const readTo = new Map<KeywordDetector, number>()
    this.#keywords.find(scanned.text, scanned.lower, (detector, start) => {
      const from = Math.max(start - (detector.before ?? 0), readTo.get(detector) ?? 0)
      const to = Math.min(scanned.text.length, start + (detector.after ?? 80))
      if (from >= to) return
      const end = runPattern(detector, scanned, from, to, found, start)
      if (end > 0) readTo.set(detector, end)
    })
  }
}

/** @returns the end of the last match, 0 without one. */
function runPattern(
  detector: PatternDetector | KeywordDetector,
  scanned: ScannedText,
  from: number,
  to: number,
  found: Match[],
  at = from,
): number {
  const whole = from === 0 && to === scanned.text.length
  const text = whole ? scanned.text : scanned.text.slice(from, to)
  const { pattern } = detector
  pattern.lastIndex = pattern.sticky ? at - from : 0
  let last = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[0] === '') {
      pattern.lastIndex += 1
      continue
    }
    last = from + match.index + match[0].length
    const judged = detector.check ? detector.check(match, text) : true
    if (judged === false) continue
    const span = match.groups?.value ?? match[0]
    const start = from + match.index + (span === match[0] ? 0 : match[0].lastIndexOf(span))
    weigh(detector, scanned, start, start + span.length, judged === true ? detector.score : judged, found)
    if (!pattern.global) break
  }
  return last
}

/** `Order 1234567893` is an order: one number in ten passes a check digit, so digits alone must be all there is. */
function wordsBeside(detector: DetectorFacts & { readonly kind?: string }): 0 | 1 {
  return detector.kind === 'number' ? 0 : 1
}

function weigh(
  detector: DetectorFacts & Evidence,
  scanned: ScannedText,
  start: number,
  end: number,
  base: number,
  found: Match[],
): void {
  let score = base
  if (
    detector.isolated !== undefined &&
    detector.isolated > score &&
    scanned.isolates(start, end, wordsBeside(detector))
  )
    score = detector.isolated
  if (detector.context !== undefined) {
    const inContext = detector.inContext ?? 0.85
    if (inContext > score && scanned.near(detector.context, start, end)) score = inContext
  }
  if (score < REPORTING_THRESHOLD) return
  if (detector.unless?.test(scanned.lower.slice(Math.max(0, start - 24), start))) return
  const { type, rule, level, category } = detector
  found.push({ start, end, type, score, rule, level, category })
}

/** Of matches of one type that overlap only the best stays; of equals the longest. */
function withoutRepeats(found: Match[]): Match[] {
  if (found.length < 2) return found
  found.sort((left, right) => right.score - left.score || right.end - right.start - (left.end - left.start))
  const kept = new Map<string, Match[]>()
  const result: Match[] = []
  for (const match of found) {
    const same = kept.get(match.type)
    // Findings of one type beyond this many add nothing to a verdict, and comparing them all would not be linear.
    if (same === undefined) kept.set(match.type, [match])
    else if (same.length >= MAX_OF_A_TYPE || same.some((other) => other.start < match.end && match.start < other.end))
      continue
    else same.push(match)
    result.push(match)
  }
  return result.sort((left, right) => left.start - right.start || left.end - right.end)
}

const MAX_OF_A_TYPE = 64

function add<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
