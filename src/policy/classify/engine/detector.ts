// Owns what a detector is: a few fields of data and, where a format has one, its check.
import type { DataClassification } from '../../../domain/data-classification.ts'
import type { Category } from '../finding.ts'
import type { ScannedText } from './scanned-text.ts'

/** What every detector says of itself; docs/reference/detection.md is made from it. */
export interface DetectorFacts {
  /** Unique, stable; in audit records. */
  readonly rule: string
  /** What it finds, such as `credit_card`; several detectors may find one type. */
  readonly type: string
  readonly level: DataClassification
  readonly category: Category
  /** Where the format is defined. */
  readonly source: string
}

/** When a match counts for more than its form alone. All scores are 0 to 1. */
export interface Evidence {
  /** Words that name it, tested on lower-cased text near the match and on the name of the JSON member. */
  readonly context?: RegExp
  /** The score with such a word near. Default 0.85. */
  readonly inContext?: number
  /** The score when the whole string is little else than such values. */
  readonly isolated?: number
  /** Words right before the match that say it is something else, tested on the lower-cased 24 units before it. */
  readonly unless?: RegExp
}

/** Digits in groups: `4012 8888 8888 1881` is of the shape `4-4-4-4`. */
export interface NumberDetector extends DetectorFacts, Evidence {
  readonly kind: 'number'
  /** Score of each shape on its own. */
  readonly shapes: Readonly<Record<string, number>>
  /** Separators that may stand between groups, the same one throughout. Default space and hyphen. */
  readonly separators?: string
  readonly check?: (digits: string) => boolean
}

/** One word of ASCII letters and digits that holds both. */
export interface TokenDetector extends DetectorFacts, Evidence {
  readonly kind: 'token'
  readonly lengths: readonly number[]
  /** Anchored, tested on the word as written. */
  readonly pattern: RegExp
  readonly score: number
  /** Gets the word in upper case. */
  readonly check?: (token: string) => boolean
}

/** A pattern that is run over the whole text when one of its anchors is there. */
export interface PatternDetector extends DetectorFacts, Evidence {
  readonly kind: 'pattern'
  /** `digit`, or strings one of which must occur; compared in lower case. */
  readonly anchor: 'digit' | readonly string[]
  /** Global. A group named `value` is the span, otherwise all of it is. Linear: bounded repeats only. */
  readonly pattern: RegExp
  readonly score: number
  /** False: no match; a number replaces the score. */
  readonly check?: (match: RegExpExecArray, text: string) => boolean | number
}

/** A pattern that is run over a window around a keyword; with a score for isolated values also over short texts. */
export interface KeywordDetector extends DetectorFacts, Evidence {
  readonly kind: 'keyword'
  /** In lower case, at least three units. They are found at the start of a word, of a `camelCase` or `snake_case` part. */
  readonly keywords: readonly string[]
  /** Units of text before the keyword that the pattern may see. Default 0. */
  readonly before?: number
  /** Units of text from the keyword on that the pattern may see. Default 80. */
  readonly after?: number
  /** Global: anywhere in the window. Sticky: right at the keyword, which costs less where windows are long. */
  readonly pattern: RegExp
  readonly score: number
  readonly check?: (match: RegExpExecArray, text: string) => boolean | number
}

/** What a text detector found, before its score is compared with the threshold. */
export interface RawMatch {
  readonly start: number
  readonly end: number
  readonly score: number
}

/** Code of its own: for what no pattern can say. Must be linear in the length of the text. */
export interface TextDetector extends DetectorFacts, Evidence {
  readonly kind: 'text'
  readonly find: (scanned: ScannedText) => Iterable<RawMatch>
}

export type Detector = NumberDetector | TokenDetector | PatternDetector | KeywordDetector | TextDetector
