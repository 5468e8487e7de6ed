// Owns the features of a token that may be part of a name: which weights of the tagger speak for or against it.
import { Cue, cueOf } from './cues.ts'
import { ANY_GIVEN, ANY_SURNAME, ANY_WORD, Listed } from './gazetteer/gazetteer.ts'
import { finished, LOWER } from './letters.ts'
import { type Lines, linesOf } from './lines.ts'
import { isListedName, Shape, type Tokens } from './tokenize.ts'

/** The tagger has 2 ** WEIGHT_BITS weights. */
export const WEIGHT_BITS = 20
const MASK = (1 << WEIGHT_BITS) - 1

/** Enough for all features of one token. */
export const MOST_FEATURES = 80

const OUTSIDE = 0x5bd1e995

/** Computes the features of the tokens of one text. */
export class FeatureReader {
  /** The weights of the last token read: the first {@link count} entries. */
  readonly indexes: number[] = []
  count = 0
  readonly #text: string
  readonly #tokens: Tokens
  readonly #lines: Lines
  readonly #cues: Uint8Array

  constructor(text: string, tokens: Tokens) {
    this.#text = text
    this.#tokens = tokens
    this.#lines = linesOf(tokens)
    this.#cues = new Uint8Array(tokens.hash.length)
    for (let at = 0; at < this.#cues.length; at += 1) {
      if ((tokens.shape[at] as number) > Shape.number) this.#cues[at] = cueOf(tokens.hash[at] as number)
    }
  }

  /** May the token be part of a name? The rest is not scored. */
  isCandidate(at: number): boolean {
    const shape = this.#tokens.shape[at] as number
    if (shape < Shape.lower || shape >= Shape.identifier) return false
    const listed = this.#tokens.listed[at] as number
    if (shape === Shape.lower) {
      if ((this.#tokens.end[at] as number) - (this.#tokens.start[at] as number) < 3) return false
      if (listed & (Listed.englishCommon | Listed.germanCommon)) return (listed & ANY_GIVEN) !== 0
      return isListedName(listed) || (listed & ANY_WORD) === 0
    }
    return true
  }

  /** Fills {@link indexes} for the token at `at`. */
  read(at: number): void {
    this.count = 0
    const t = this.#tokens
    const shape = this.#shape(at)
    const hash = this.#hash(at)
    const before = this.#hash(at - 1)
    const after = this.#hash(at + 1)
    const before2 = this.#hash(at - 2)
    const after2 = this.#hash(at + 2)
    const shapeBefore = this.#shape(at - 1)
    const shapeAfter = this.#shape(at + 1)
    const listed = t.listed[at] as number
    const listedBefore = this.#listed(at - 1)
    const listedAfter = this.#listed(at + 1)
    const line = this.#lines.of(at)
    const style = line.casing * 4 + line.language
    const strength = nameStrength(listed)
    const strengthBefore = nameStrength(listedBefore) * 16 + shapeBefore
    const strengthAfter = nameStrength(listedAfter) * 16 + shapeAfter
    const own = strength * 16 + shape
    const opens = isOpening(shapeBefore, before) ? 1 : 0

    this.#add(1, own, style, opens)
    this.#add(2, hash, shape, 0)
    this.#add(3, hash, 0, 0)
    this.#add(4, before, own, 0)
    this.#add(5, after, own, 0)
    this.#add(6, before, shape, 0)
    this.#add(7, after, shape, 0)
    this.#add(8, before2, shape, 0)
    this.#add(9, after2, shape, 0)
    this.#add(10, before, hash, 0)
    this.#add(11, hash, after, 0)
    this.#add(12, before2, before, shape)
    this.#add(13, after, after2, shape)
    this.#add(14, listed, shape, line.casing)
    this.#add(15, own, strengthAfter, line.casing)
    this.#add(16, own, strengthBefore, line.casing)
    this.#add(17, own, strengthBefore, strengthAfter)
    this.#add(18, strengthAfter, nameStrength(this.#listed(at + 2)) * 16 + this.#shape(at + 2), own)
    this.#add(19, strengthBefore, nameStrength(this.#listed(at - 2)) * 16 + this.#shape(at - 2), own)
    this.#add(20, shape, shapeBefore, shapeAfter)
    this.#add(21, line.code, own, style)
    this.#add(22, listed, listedAfter, shape * 16 + shapeAfter)
    this.#add(23, listed, listedBefore, shape * 16 + shapeBefore)
    this.#addCues(at, own, shape)
    this.#addContent(at, own)
    this.#addLetters(at, shape, style)
    this.#add(60, line.length, own, 0)
  }

  #add(template: number, one: number, two: number, three: number): void {
    let hash = Math.imul(template, 0x9e3779b1) ^ one
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77) ^ two
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d) ^ three
    this.indexes[this.count] = finished(hash) & MASK
    this.count += 1
  }

  #addCues(at: number, own: number, shape: number): void {
    for (let offset = -3; offset <= 2; offset += 1) {
      if (offset === 0) continue
      const cue = this.#cue(at + offset)
      if (cue !== Cue.none) this.#add(30 + offset, cue, own, 0)
      if (cue !== Cue.none) this.#add(40 + offset, cue, shape, this.#hash(at - 1))
    }
    const cue = this.#cue(at)
    if (cue !== Cue.none) this.#add(45, cue, shape, this.#shape(at + 1))
  }

  /** The nearest words before and after that are no punctuation, with the punctuation between. */
  #addContent(at: number, own: number): void {
    let before = at - 1
    let between = 0
    while (before >= 0 && at - before <= 5 && this.#shape(before) <= Shape.punctuation) {
      between = Math.imul(between ^ this.#hash(before), 0x01000193)
      before -= 1
    }
    if (between !== 0) {
      this.#add(50, this.#hash(before), between, own & 15)
      this.#add(51, this.#cue(before), between, own)
    }
    let after = at + 1
    while (after < this.#tokens.hash.length && after - at <= 4 && this.#shape(after) <= Shape.punctuation) after += 1
    if (after !== at + 1) this.#add(52, this.#hash(after), this.#hash(at + 1), own & 15)
  }

  #addLetters(at: number, shape: number, style: number): void {
    const start = this.#tokens.start[at] as number
    const end = this.#tokens.end[at] as number
    const length = end - start
    const listed = this.#tokens.listed[at] as number
    const known =
      (isListedName(listed) ? 1 : 0) + ((listed & ANY_WORD) !== 0 ? 2 : 0) + ((listed & Listed.place) !== 0 ? 4 : 0)
    this.#add(70, Math.min(length, 14), shape, known * 16 + style)
    let suffix = 0
    for (let back = 1; back <= 5 && back < length; back += 1) {
      suffix = Math.imul(suffix ^ (LOWER[this.#text.charCodeAt(end - back)] as number), 0x01000193)
      if (back >= 2) this.#add(70 + back, suffix, shape, 0)
      if (back === 3) this.#add(76, suffix, known, style)
    }
    let prefix = 0
    for (let forward = 0; forward < 4 && forward < length - 1; forward += 1) {
      prefix = Math.imul(prefix ^ (LOWER[this.#text.charCodeAt(start + forward)] as number), 0x01000193)
      if (forward >= 1) this.#add(80 + forward, prefix, shape, 0)
    }
    // Letter trigrams tell a name that no list has from a word that none has.
    if (known === 0) {
      const last = Math.min(length - 2, 10)
      for (let from = 0; from < last; from += 1) {
        const unit = start + from
        const one = LOWER[this.#text.charCodeAt(unit)] as number
        const two = LOWER[this.#text.charCodeAt(unit + 1)] as number
        this.#add(90, (one << 16) | two, LOWER[this.#text.charCodeAt(unit + 2)] as number, 0)
      }
    }
  }

  #hash(at: number): number {
    return this.#tokens.hash[at] ?? OUTSIDE
  }

  #shape(at: number): number {
    return this.#tokens.shape[at] ?? Shape.lineEnd
  }

  #listed(at: number): number {
    return this.#tokens.listed[at] ?? 0
  }

  #cue(at: number): number {
    return this.#cues[at] ?? Cue.none
  }
}

/** How much the lists say for a name (0 to 5) and for a word (0 to 2), and whether it is a place: 0 to 35. */
function nameStrength(listed: number): number {
  const given = listed & Listed.givenCommon ? 2 : listed & Listed.given ? 1 : 0
  const surname = (listed & ANY_SURNAME) !== 0 ? 1 : 0
  const word = listed & (Listed.englishCommon | Listed.germanCommon) ? 2 : (listed & ANY_WORD) !== 0 ? 1 : 0
  return ((given * 2 + surname) * 3 + word) * 2 + ((listed & Listed.place) !== 0 ? 1 : 0)
}

const OPENING = new Set([...'.!?:"„“*•-–—>|'].map((character) => hashOfMark(character)))
function hashOfMark(character: string): number {
  let hash = 0x811c9dc5
  hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return finished(hash)
}

/** Does a sentence or a line begin here, so that a capital says nothing? */
function isOpening(shapeBefore: number, hashBefore: number): boolean {
  return shapeBefore === Shape.lineEnd || (shapeBefore === Shape.punctuation && OPENING.has(hashBefore))
}
