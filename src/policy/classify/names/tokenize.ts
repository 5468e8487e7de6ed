// Owns the cutting of a text into words, numbers, punctuation and line ends, with what the tagger needs to know of each.
import { ANY_GIVEN, ANY_SURNAME, ANY_WORD, lookUp } from './gazetteer/gazetteer.ts'
import { foldedHashOf, hashOf, KIND, Unit } from './letters.ts'
import type { Region } from './skipped-regions.ts'

/** What a token looks like. */
export const Shape = {
  lineEnd: 0,
  punctuation: 1,
  number: 2,
  lower: 3,
  capital: 4,
  allCaps: 5,
  initial: 6,
  mixed: 7,
  hyphenated: 8,
  uncased: 9,
  /** Letters with digits, underscores, inner capitals, or glued to code punctuation: never a name. */
  identifier: 10,
  /** Text that is skipped: code, a URL, an e-mail address. */
  skipped: 11,
} as const

/** The tokens of a text, one array a property, all of one length. */
export interface Tokens {
  readonly start: Int32Array
  readonly end: Int32Array
  readonly shape: Uint8Array
  /** Hash of the lower-case form; of the kind for numbers, line ends and skipped text. */
  readonly hash: Int32Array
  /** Gazetteer bits of words, 0 for all else. */
  readonly listed: Uint16Array
}

/** Tokens while they are being added: never more than the text has code units. */
class TokenList {
  #count = 0
  readonly #start: Int32Array
  readonly #end: Int32Array
  readonly #shape: Uint8Array
  readonly #hash: Int32Array
  readonly #listed: Uint16Array

  constructor(most: number) {
    // One allocation for all: most texts are short, and each allocation costs more than the words in them.
    const bytes = new ArrayBuffer(most * 15)
    this.#start = new Int32Array(bytes, 0, most)
    this.#end = new Int32Array(bytes, most * 4, most)
    this.#hash = new Int32Array(bytes, most * 8, most)
    this.#listed = new Uint16Array(bytes, most * 12, most)
    this.#shape = new Uint8Array(bytes, most * 14, most)
  }

  add(start: number, end: number, shape: number, hash: number, listed: number): void {
    const at = this.#count
    this.#start[at] = start
    this.#end[at] = end
    this.#shape[at] = shape
    this.#hash[at] = hash
    this.#listed[at] = listed
    this.#count += 1
  }

  finish(): Tokens {
    const count = this.#count
    return {
      start: this.#start.subarray(0, count),
      end: this.#end.subarray(0, count),
      shape: this.#shape.subarray(0, count),
      hash: this.#hash.subarray(0, count),
      listed: this.#listed.subarray(0, count),
    }
  }
}

const NUMBER_HASH = hashOf('0')
const LINE_END_HASH = hashOf('\n')
const SKIPPED_HASH = hashOf('<skipped>')
const LONGEST_WORD = 40

/** Cuts `text` into tokens; `skipped` are the regions, in order, that become one token each. Linear. */
export function tokenize(text: string, skipped: readonly Region[]): Tokens {
  const tokens = new TokenList(text.length)
  let nextSkipped = 0
  let at = 0
  while (at < text.length) {
    const region = skipped[nextSkipped]
    if (region !== undefined && at >= region.start) {
      nextSkipped += 1
      if (region.end > at) {
        tokens.add(at, region.end, Shape.skipped, SKIPPED_HASH, 0)
        at = region.end
      }
      continue
    }
    const kind = KIND[text.charCodeAt(at)]
    if (kind === Unit.space) at += 1
    else if (kind === Unit.lineEnd) {
      const start = at
      while (at < text.length && KIND[text.charCodeAt(at)] === Unit.lineEnd) at += 1
      tokens.add(start, at, Shape.lineEnd, LINE_END_HASH, 0)
    } else if (kind === Unit.other) {
      tokens.add(at, at + 1, Shape.punctuation, hashOf(text, at, at + 1), 0)
      at += 1
    } else at = addWord(tokens, text, at, region?.start ?? text.length)
  }
  return tokens.finish()
}

const isLetter = (kind: number | undefined) => kind === Unit.lower || kind === Unit.upper || kind === Unit.uncased
const APOSTROPHE = 0x27
const RIGHT_QUOTE = 0x2019
const HYPHEN = 0x2d
const SOFT_HYPHEN = 0xad
const UNDERSCORE = 0x5f

/** Adds the word or number that starts at `start` and tells where it ends. */
function addWord(tokens: TokenList, text: string, start: number, limit: number): number {
  let end = start
  let lower = 0
  let upper = 0
  let digits = 0
  let uncased = 0
  let hyphens = 0
  let innerCapital = 0
  let underscores = 0
  let before: number | undefined
  for (; end < limit; end += 1) {
    const unit = text.charCodeAt(end)
    const kind = KIND[unit]
    if (kind === Unit.lower) lower += 1
    else if (kind === Unit.upper) {
      upper += 1
      if (before === Unit.lower) innerCapital += 1
    } else if (kind === Unit.digit) digits += 1
    else if (kind === Unit.uncased) uncased += 1
    else if (unit === UNDERSCORE) underscores += 1
    else if (end > start && end + 1 < limit && isLetter(KIND[text.charCodeAt(end + 1)]) && isLetter(before)) {
      if (unit === HYPHEN) hyphens += 1
      else if (unit === SOFT_HYPHEN) continue
      else if ((unit !== APOSTROPHE && unit !== RIGHT_QUOTE) || isSuffix(text, end + 1)) break
    } else break
    before = kind
  }
  const letters = lower + upper + uncased
  let shape: number = Shape.mixed
  if (letters === 0) shape = underscores > 0 ? Shape.identifier : Shape.number
  else if (digits > 0 || underscores > 0 || end - start > LONGEST_WORD || isGlued(text, start, end))
    shape = Shape.identifier
  else if (uncased > 0) shape = Shape.uncased
  else if (upper === 0) shape = Shape.lower
  else if (lower === 0) shape = upper === 1 ? Shape.initial : Shape.allCaps
  else if (KIND[text.charCodeAt(start)] !== Unit.upper) shape = Shape.identifier
  else if (hyphens > 0) shape = Shape.hyphenated
  else if (innerCapital > 0)
    shape = isNameWithInnerCapital(text, start, end, innerCapital) ? Shape.mixed : Shape.identifier
  else if (upper === 1) shape = Shape.capital
  if (shape === Shape.number) tokens.add(start, end, shape, NUMBER_HASH, 0)
  else
    tokens.add(
      start,
      end,
      shape,
      hashOf(text, start, end),
      hyphens > 0 ? listedParts(text, start, end) : listedWord(text, start, end),
    )
  return end
}

/** English `'s`, `'ll` and the like are no part of the word. */
function isSuffix(text: string, at: number): boolean {
  let end = at
  while (end < text.length && end - at < 3 && isLetter(KIND[text.charCodeAt(end)])) end += 1
  return end - at <= 2 && KIND[text.charCodeAt(at)] === Unit.lower
}

/** McDonald, DiCaprio, LeBron: one inner capital after a known beginning, or in a word that only lists of names have. */
function isNameWithInnerCapital(text: string, start: number, end: number, innerCapitals: number): boolean {
  if (innerCapitals !== 1) return false
  if (/^(?:Mc|Mac|Di|De|Da|Du|La|Le|Van|Von|Fitz|D['’])\p{Lu}/u.test(text.slice(start, start + 6))) return true
  const listed = lookUp(foldedHashOf(text, start, end))
  return isListedName(listed) && (listed & ANY_WORD) === 0
}

/** Is the word part of a path, a member access, a call or a variable? */
function isGlued(text: string, start: number, end: number): boolean {
  const before = start > 0 ? text.charCodeAt(start - 1) : 0x20
  const after = end < text.length ? text.charCodeAt(end) : 0x20
  if (before === 0x40 || before === 0x24 || before === 0x5c || before === UNDERSCORE || before === 0x25) return true // @ $ \ _ %
  if (after === 0x28 || after === 0x5c || after === UNDERSCORE || after === 0x5b || after === 0x24) return true // ( \ _ [ $
  if (after === 0x3a && text.charCodeAt(end + 1) === 0x3a) return true // ::
  if (
    before === 0x2e &&
    start > 1 &&
    (isLetter(KIND[text.charCodeAt(start - 2)]) || text.charCodeAt(start - 2) === 0x29) &&
    KIND[text.charCodeAt(start)] === Unit.lower
  )
    return true // a.b
  return after === 0x2e && KIND[text.charCodeAt(end + 1)] === Unit.lower // a.b
}

const LETTER_S = 0x73

/** The lists that hold a word; for a German genitive (Webers, Annas) that is in none, those of the name without its s. */
function listedWord(text: string, start: number, end: number): number {
  const listed = lookUp(foldedHashOf(text, start, end))
  if (listed !== 0 || end - start < 5 || text.charCodeAt(end - 1) !== LETTER_S) return listed
  const stem = lookUp(foldedHashOf(text, start, end - 1))
  return isListedName(stem) ? stem : 0
}

/** The lists that hold any part of a hyphenated word; names only when the first or last part is one. */
function listedParts(text: string, start: number, end: number): number {
  let bits = lookUp(foldedHashOf(text, start, end))
  let partStart = start
  for (let at = start; at <= end; at += 1) {
    if (at < end && text.charCodeAt(at) !== HYPHEN) continue
    bits |= lookUp(foldedHashOf(text, partStart, at))
    partStart = at + 1
  }
  return bits
}

/** Does a list of names hold the word? */
export const isListedName = (listed: number): boolean => (listed & (ANY_GIVEN | ANY_SURNAME)) !== 0
