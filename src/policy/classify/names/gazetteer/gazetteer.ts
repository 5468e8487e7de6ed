// Owns the gazetteer: which lists of names and words hold a word, looked up by the hash of its folded form.

import { foldedHashOf, hashOf } from '../letters.ts'
import { ENGLISH_COMMON } from './english-common.ts'
import { ENGLISH_WORDS } from './english-words.ts'
import { unpackWords } from './front-coding.ts'
import { GERMAN_COMMON } from './german-common.ts'
import { GERMAN_WORDS } from './german-words.ts'
import { GIVEN_NAMES } from './given-names.ts'
import { GIVEN_NAMES_COMMON } from './given-names-common.ts'
import { PLACES } from './places.ts'
import { SURNAMES } from './surnames.ts'
import { SURNAMES_COMMON } from './surnames-common.ts'

/** Bits of the answer of {@link lookUp}. */
export const Listed = {
  givenCommon: 1,
  given: 2,
  surnameCommon: 4,
  surname: 8,
  englishCommon: 16,
  english: 32,
  germanCommon: 64,
  german: 128,
  place: 256,
} as const

export const ANY_GIVEN: number = Listed.givenCommon | Listed.given
export const ANY_SURNAME: number = Listed.surnameCommon | Listed.surname
export const ANY_WORD: number = Listed.englishCommon | Listed.english | Listed.germanCommon | Listed.german

const LISTS: readonly (readonly [packed: string, bit: number])[] = [
  [GIVEN_NAMES_COMMON, Listed.givenCommon],
  [GIVEN_NAMES, Listed.given],
  [SURNAMES_COMMON, Listed.surnameCommon],
  [SURNAMES, Listed.surname],
  [ENGLISH_COMMON, Listed.englishCommon],
  [ENGLISH_WORDS, Listed.english],
  [GERMAN_COMMON, Listed.germanCommon],
  [GERMAN_WORDS, Listed.german],
  [PLACES, Listed.place],
]

const SLOT_BITS = 18
const SLOTS = 1 << SLOT_BITS

interface Table {
  /** The 32-bit hash of the word in each slot; 0 is an empty slot. */
  readonly hashes: Int32Array
  readonly bits: Uint16Array
}

let table: Table | undefined

/** The lists that hold a word, as {@link Listed} bits; 0 when none does. */
export function lookUp(foldedHash: number): number {
  table ??= buildTable()
  const { hashes, bits } = table
  for (let slot = foldedHash >>> (32 - SLOT_BITS); ; slot = (slot + 1) & (SLOTS - 1)) {
    const found = hashes[slot] as number
    if (found === foldedHash) return bits[slot] as number
    if (found === 0) return 0
  }
}

function buildTable(): Table {
  const hashes = new Int32Array(SLOTS)
  const bits = new Uint16Array(SLOTS)
  const add = (hash: number, bit: number) => {
    let slot = hash >>> (32 - SLOT_BITS)
    while (hashes[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) & (SLOTS - 1)
    hashes[slot] = hash
    bits[slot] = (bits[slot] as number) | bit
  }
  for (const [packed, bit] of LISTS) {
    for (const word of unpackWords(packed)) {
      add(foldedHashOf(word), bit)
      // Some lists write Strasse for Straße, whose folded form is strase.
      if (word.includes('ss')) add(foldedHashOf(word.replaceAll('ss', 's')), bit)
      // Müller is also written Mueller where a keyboard or a file format has no umlauts.
      if (/[äöüß]/.test(word))
        add(hashOf(word.replaceAll('ä', 'ae').replaceAll('ö', 'oe').replaceAll('ü', 'ue').replaceAll('ß', 'ss')), bit)
    }
  }
  return { hashes, bits }
}
