// Owns digits that were pulled apart, `4 1 1 1 1 1 1 1`, put together again.
import { type MappedText, replaceMapped } from './mapped-text.ts'

/** At least nine digits, one or two at a time, with the same separator; and the same written out by the letter. */
const spaced = /(?<![\w.,])(?:\d{1,2}(?:[ ._*|\u00b7\n-]{1,3}(?=\d))){6,40}\d{1,2}(?![\w])/g
/** Counting from one thing to the next is not hiding. */
const counting = /^(?:0?1\D+0?2\D+0?3\D+0?4|10?\D+9\D+8\D+7)/

/** @returns undefined when there are none. */
export function joinSpacedDigits(text: string): MappedText | undefined {
  return replaceMapped(text, spaced, (match) => {
    const digits = match[0].replace(/\D/g, '')
    const groups = match[0].split(/\D+/)
    const singles = groups.filter((group) => group.length === 1).length
    if (digits.length < 9 || digits.length > 34 || counting.test(match[0])) return undefined
    // Dates, times and phone numbers come in pairs as well, but not that many.
    return singles >= groups.length - 2 || groups.length >= 8 ? digits : undefined
  })
}
