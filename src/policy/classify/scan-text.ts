// Owns the scan of one text: its plain form, its escapes and what is encoded in it, to a bounded depth.
import type { DetectorSet, Match } from './engine/detector-set.ts'
import { ScannedText } from './engine/scanned-text.ts'
import type { UndecidableCause } from './finding.ts'
import type { Verdict } from './verdict-cache.ts'
import { canonicalise } from './walk/canonicalise.ts'
import { piecesAroundPayloads } from './walk/data-urls.ts'
import { decodeBlobs } from './walk/decode-blobs.ts'
import { joinGroupsOnLines, readDisguisedDigits, withoutAccents } from './walk/disguised-digits.ts'
import { UnpackedTooLarge } from './walk/inflate.ts'
import type { MappedText } from './walk/mapped-text.ts'
import { readingsOf } from './walk/read-escapes.ts'
import { joinSpacedDigits } from './walk/spaced-digits.ts'

export interface ScanLimits {
  /** How often a text may be encoded in another. */
  readonly maxDecodeDepth: number
  /** What one compressed stretch may unpack to, in bytes. */
  readonly maxUnpackedBytes: number
  /** Bytes from which data that is no text makes the whole undecidable: a hash or a signature is shorter. */
  readonly leastUnreadableBytes: number
}

/** Gets called with every text before it is scanned. @throws BudgetExceeded */
export interface Budget {
  spend(text: string): void
  checkTime(): void
}

/** What stays of a changed text around the change: enough for a context word and the longest identifier. */
const MARGIN = 96

export class TextScanner {
  readonly #detectors: DetectorSet
  readonly #limits: ScanLimits
  readonly #budget: Budget
  readonly #undecidable = new Set<UndecidableCause>()
  readonly #matches: Match[] = []

  private constructor(detectors: DetectorSet, limits: ScanLimits, budget: Budget) {
    this.#detectors = detectors
    this.#limits = limits
    this.#budget = budget
  }

  /** @param opaque what cannot be read there does not count. @throws BudgetExceeded, and what a detector throws. */
  static scan(
    text: string,
    label: string,
    opaque: boolean,
    detectors: DetectorSet,
    limits: ScanLimits,
    budget: Budget,
  ): Verdict {
    const scanner = new TextScanner(detectors, limits, budget)
    scanner.#scan(text, label, opaque, 0, (start, end) => [start, end])
    return { matches: scanner.#matches, undecidable: [...scanner.#undecidable] }
  }

  #scan(text: string, label: string, opaque: boolean, depth: number, origin: Origin): void {
    const pieces = piecesAroundPayloads(text)
    if (pieces) {
      this.#undecidable.add('binary_part')
      for (const piece of pieces) {
        this.#scan(piece.text, label, opaque, depth, (start, end) => origin(start + piece.start, end + piece.start))
      }
      return
    }
    this.#budget.spend(text)
    const canonical = canonicalise(text)
    const plain = canonical?.text ?? text
    const plainOrigin: Origin = canonical ? (start, end) => origin(...canonical.originOf(start, end)) : origin
    const scanned = new ScannedText(plain, label)
    this.#match(scanned, plainOrigin)
    if (scanned.hasDigit) {
      this.#matchAlso(joinSpacedDigits(plain), label, plainOrigin)
      this.#matchAlso(readDisguisedDigits(plain), label, plainOrigin)
      this.#matchAlso(joinGroupsOnLines(plain), label, plainOrigin)
    }
    if (canonical) this.#matchAlso(withoutAccents(plain, text), label, plainOrigin)
    for (const reading of readingsOf(plain)) this.#scanReading(reading, label, opaque, depth, plainOrigin)
    this.#scanBlobs(plain, label, opaque, depth, plainOrigin)
  }

  /** Another way to read the same text. */
  #matchAlso(reading: MappedText | undefined, label: string, origin: Origin): void {
    if (reading)
      this.#match(new ScannedText(reading.text, label), (start, end) => origin(...reading.originOf(start, end)))
  }

  #match(scanned: ScannedText, origin: Origin): void {
    for (const match of this.#detectors.scan(scanned, () => this.#budget.checkTime())) {
      const [start, end] = origin(match.start, match.end)
      const known = this.#matches.some((other) => other.type === match.type && other.start < end && start < other.end)
      if (!known) this.#matches.push({ ...match, start, end })
    }
  }

  /** Only around what changed: the rest has been scanned. */
  #scanReading(reading: MappedText, label: string, opaque: boolean, depth: number, origin: Origin): void {
    if (depth >= this.#limits.maxDecodeDepth) {
      this.#undecidable.add('nested_too_deep')
      return
    }
    const [first, last] = reading.changedSpan
    const from = Math.max(0, first - MARGIN)
    const part = reading.text.slice(from, last + MARGIN)
    // A piece of a text is never the whole value.
    const name = part.length < reading.text.length && label === '' ? 'text' : label
    this.#scan(part, name, opaque, depth + 1, (start, end) => origin(...reading.originOf(from + start, from + end)))
  }

  #scanBlobs(text: string, label: string, opaque: boolean, depth: number, origin: Origin): void {
    const { maxDecodeDepth } = this.#limits
    try {
      for (const blob of decodeBlobs(text, this.#limits)) {
        if (blob.text === undefined) {
          if (!opaque) this.#undecidable.add('binary_part')
        } else if (depth >= maxDecodeDepth) this.#undecidable.add('nested_too_deep')
        else this.#scan(blob.text, label, opaque, depth + 1, () => origin(blob.start, blob.end))
      }
    } catch (error) {
      if (!(error instanceof UnpackedTooLarge)) throw error
      this.#undecidable.add('too_large')
    }
  }
}

/** From a span of a text to the span in the string of the body that it was made from. */
type Origin = (start: number, end: number) => readonly [number, number]
