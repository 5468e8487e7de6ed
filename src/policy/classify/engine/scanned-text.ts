// Owns one text as the detectors see it: canonical, with what all of them ask computed once.
import { type DigitGroups, digitGroupsOf } from './digit-groups.ts'

/** Units of text before and after a match in which a context word counts. */
const CONTEXT_BEFORE = 72
const CONTEXT_AFTER = 32
export const ISOLATED_LENGTH = 120

export class ScannedText {
  readonly text: string
  /** The same length as `text`. */
  readonly lower: string
  /** The JSON member's name in lower case, words apart; empty for what is prose anyway. */
  readonly label: string
  readonly hasDigit: boolean
  #digitGroups: DigitGroups | undefined
  #otherWords: number | undefined

  constructor(text: string, label = '') {
    this.text = text
    this.lower = lowerCaseOf(text)
    this.label = label
    this.hasDigit = /\d/.test(text)
  }

  get digitGroups(): DigitGroups {
    this.#digitGroups ??= digitGroupsOf(this.text)
    return this.#digitGroups
  }

  /**
   * The text is only this value, or little else than values. Under a member name of the caller's own the name must say
   * what the value is, so nothing is isolated there.
   * @param most words without a digit that may stand beside them.
   */
  isolates(start: number, end: number, most: 0 | 1): boolean {
    if (this.label !== '') return false
    if (start === 0 && end === this.text.length) return true
    this.#otherWords ??= otherWordsIn(this.text)
    return this.#otherWords <= most
  }

  /** Whether a word that `context` knows stands near the match or names the JSON member. */
  near(context: RegExp, start: number, end: number): boolean {
    const from = Math.max(0, start - CONTEXT_BEFORE)
    const before = this.lower.slice(from, start)
    if (context.test(before)) return true
    if (context.test(this.lower.slice(end, end + CONTEXT_AFTER))) return true
    return from === 0 && this.label !== '' && context.test(this.label)
  }
}

/** Words without a digit that do not only join values; of a long text or an address too many. */
function otherWordsIn(text: string): number {
  if (text.length > ISOLATED_LENGTH || text.includes('://')) return Number.POSITIVE_INFINITY
  return text
    .trim()
    .split(/\s+/)
    .filter((word) => !/\d|^(?:and|und|or|oder|et|y|e|&)$/i.test(word)).length
}

/** Lower case without a change of length: one letter becomes two in a few cases, such as the dotted capital I. */
function lowerCaseOf(text: string): string {
  const lower = text.toLowerCase()
  if (lower.length === text.length) return lower
  return text
    .replace(/[^\0-\x7f]/g, (letter) => {
      const small = letter.toLowerCase()
      return small.length === letter.length ? small : letter
    })
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
