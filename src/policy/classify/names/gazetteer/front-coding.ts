// Owns the compact text form of a sorted word list: each word says how much of the word before it it shares.

const FIRST_MARK = 65

/**
 * Packs words into one string. A capital letter says how many characters a word shares with the one before it
 * (A none, B one, ... Z twenty-five), the lower-case rest follows: `anna`, `anne` become `AannaDe`.
 *
 * @param words Words without capital letters A to Z, in any order; duplicates are dropped.
 */
export function packWords(words: Iterable<string>): string {
  let packed = ''
  let previous = ''
  for (const word of [...new Set(words)].sort()) {
    let shared = 0
    while (shared < 25 && shared < previous.length && word[shared] === previous[shared]) shared += 1
    packed += String.fromCharCode(FIRST_MARK + shared) + word.slice(shared)
    previous = word
  }
  return packed
}

/** Reads what {@link packWords} wrote, in code unit order; line feeds are ignored. */
export function* unpackWords(packedLines: string): Generator<string> {
  const packed = packedLines.replaceAll('\n', '')
  let previous = ''
  let position = 0
  while (position < packed.length) {
    const shared = packed.charCodeAt(position) - FIRST_MARK
    let end = position + 1
    while (end < packed.length && !isMark(packed.charCodeAt(end))) end += 1
    previous = previous.slice(0, shared) + packed.slice(position + 1, end)
    yield previous
    position = end
  }
}

const isMark = (unit: number) => unit >= FIRST_MARK && unit < FIRST_MARK + 26
