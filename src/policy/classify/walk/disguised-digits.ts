// Owns numbers that were written otherwise: letters that look like digits, `4539 l488`, groups on lines of their own; and
// letters under accents.
import { type MappedText, replaceMapped } from './mapped-text.ts'

/** Digits and their look-alikes in groups; anything else of a word beside them makes them part of that word. */
const disguised = /(?<![\w@.])[\dOolI|]{2,40}(?:[ .\-/][\dOolI|]{2,40}){0,9}(?![\w@])/g
const LEAST_DIGITS = 9
/** More letters than that are a word. */
const MOST_DISGUISED = 0.5

/** Nearly all texts have no such letter beside a digit. */
const hint = /\d[ .\-/]?[OolI|]|[OolI|][ .\-/]?\d/

/** @returns undefined when there are none. */
export function readDisguisedDigits(text: string): MappedText | undefined {
  if (!hint.test(text)) return undefined
  return replaceMapped(text, disguised, ([found]) => {
    const letters = found.replace(/[^OolI|]/g, '').length
    const all = found.replace(/[ .\-/]/g, '').length
    if (letters === 0 || all < LEAST_DIGITS || letters / all > MOST_DISGUISED) return undefined
    return found.replace(/[Oo]/g, '0').replace(/[lI|]/g, '1')
  })
}

/** Groups of four, as cards and IBANs have them, on a line each. */
const groupsOnLines = /(?<![\w.,])(?:[A-Z]{2}\d{2}|\d{4})(?:\r?\n[A-Z\d]{4}){2,8}(?:\r?\n[A-Z\d]{1,4})?(?!\w)/g

/** @returns undefined when there are none. */
export function joinGroupsOnLines(text: string): MappedText | undefined {
  return text.includes('\n') ? replaceMapped(text, groupsOnLines, ([found]) => found.replace(/\r?\n/g, ' ')) : undefined
}

const combining = /[A-Za-z]\p{Mn}/u

/**
 * Without accents, where they were put on letters one by one; a text of any language has its letters whole.
 * @param original the text before its marks were joined with their letters.
 */
export function withoutAccents(text: string, original: string): MappedText | undefined {
  if (!combining.test(original)) return undefined
  return replaceMapped(text, /[\xc0-\u024f\u1e00-\u1eff]/g, ([letter]) =>
    letter.normalize('NFD').replace(/\p{Mn}/gu, ''),
  )
}
