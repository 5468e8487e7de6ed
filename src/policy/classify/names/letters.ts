// Owns what is known of each UTF-16 code unit (letter, capital, digit, lower case, base letter) and the hash of a word.

/** Kinds of code units in {@link KIND}. */
export const Unit = { other: 0, lower: 1, upper: 2, digit: 3, space: 4, lineEnd: 5, uncased: 6 } as const

/** The kind of each of the 65,536 code units. Halves of surrogate pairs are `other`. */
export const KIND: Uint8Array = new Uint8Array(65_536)
/** The code unit in lower case, where that is one code unit. */
export const LOWER: Uint16Array = new Uint16Array(65_536)
/** The lower-case code unit without its accent: `é` is `e`, `ü` is `u`, `ß` is `s`. */
export const FOLDED: Uint16Array = new Uint16Array(65_536)

const UNDECOMPOSED: Readonly<Record<string, string>> = {
  ß: 's',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  æ: 'a',
  œ: 'o',
  ı: 'i',
  '’': "'",
}

for (let unit = 0; unit < 65_536; unit += 1) {
  const character = String.fromCharCode(unit)
  const lower = character.toLowerCase()
  LOWER[unit] = lower.length === 1 ? lower.charCodeAt(0) : unit
  FOLDED[unit] = LOWER[unit] as number
  // Beyond Latin, Greek and Cyrillic nothing has case that matters here, and testing each by a pattern is slow.
  if (unit < 0x590 || (unit >= 0x1e00 && unit < 0x2000)) {
    if (/\p{Lu}|\p{Lt}/u.test(character)) KIND[unit] = Unit.upper
    else if (/\p{L}|\p{M}/u.test(character)) KIND[unit] = Unit.lower
    else if (/\p{Nd}/u.test(character)) KIND[unit] = Unit.digit
    const folded =
      UNDECOMPOSED[String.fromCharCode(LOWER[unit] as number)] ??
      String.fromCharCode(LOWER[unit] as number).normalize('NFD')
    FOLDED[unit] = folded.charCodeAt(0)
  } else if (unit < 0xd800 && (unit < 0x2000 || unit >= 0x2c00) && /\p{L}|\p{M}/u.test(character)) {
    KIND[unit] = Unit.uncased
  }
}
for (const unit of [0x20, 0x09, 0xa0, 0x2009, 0x202f, 0x3000]) KIND[unit] = Unit.space
for (const unit of [0x0a, 0x0d, 0x2028, 0x2029]) KIND[unit] = Unit.lineEnd

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a over the lower-case code units of a part of a text, finished so that its high bits are good too; never 0. */
export function hashOf(text: string, start = 0, end: number = text.length): number {
  let hash = FNV_OFFSET
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (LOWER[text.charCodeAt(at)] as number), FNV_PRIME)
  return finished(hash)
}

/** As {@link hashOf}, over the folded code units: `José` and `jose` are one. */
export function foldedHashOf(text: string, start = 0, end: number = text.length): number {
  let hash = FNV_OFFSET
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (FOLDED[text.charCodeAt(at)] as number), FNV_PRIME)
  return finished(hash)
}

/** The finishing step of MurmurHash3 (Austin Appleby, public domain). */
export function finished(hash: number): number {
  let mixed = hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  mixed ^= mixed >>> 16
  return mixed === 0 ? 1 : mixed
}
