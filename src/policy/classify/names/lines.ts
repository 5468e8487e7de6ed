// Owns what a line of text is like as a whole: its language, its use of capitals, how much it looks like code.
import { Listed } from './gazetteer/gazetteer.ts'
import { hashOf } from './letters.ts'
import { Shape, type Tokens } from './tokenize.ts'

/** One line, in small numbers that features can hold. */
export interface Line {
  /** 0 mixed case, 1 no capitals at all, 2 mostly ALL CAPS, 3 nearly every word with a capital. */
  readonly casing: number
  /** 0 unknown, 1 English, 2 German. */
  readonly language: number
  /** 0 prose, 1 some marks of code or data, 2 mostly such. */
  readonly code: number
  /** 0 to 3: one or two words, a few, a sentence, more. */
  readonly length: number
}

/** The line of each token. */
export interface Lines {
  of(token: number): Line
}

const CODE_MARKS = new Set([...'{}[]()=<>;/\\|_$#&*+^~%"'].map((mark) => hashOf(mark)))

/** Reads the lines of a tokenised text. */
export function linesOf(tokens: Tokens): Lines {
  const lines: Line[] = []
  const lineOf = new Int32Array(tokens.shape.length)
  let from = 0
  for (let at = 0; at <= tokens.shape.length; at += 1) {
    if (at < tokens.shape.length) lineOf[at] = lines.length
    if (at < tokens.shape.length && tokens.shape[at] !== Shape.lineEnd) continue
    lines.push(describe(tokens, from, at))
    from = at + 1
  }
  return { of: (token) => lines[lineOf[token] as number] as Line }
}

function describe(tokens: Tokens, from: number, to: number): Line {
  let words = 0
  let capitals = 0
  let allCaps = 0
  let english = 0
  let german = 0
  let marks = 0
  for (let at = from; at < to; at += 1) {
    const shape = tokens.shape[at] as number
    if (shape === Shape.punctuation && CODE_MARKS.has(tokens.hash[at] as number)) marks += 1
    else if (shape === Shape.identifier) marks += 1
    if (shape < Shape.lower || shape > Shape.uncased) continue
    words += 1
    if (shape !== Shape.lower) capitals += 1
    if (shape === Shape.allCaps) allCaps += 1
    const listed = tokens.listed[at] as number
    if (listed & Listed.englishCommon) english += listed & Listed.germanCommon ? 0 : 1
    else if (listed & Listed.germanCommon) german += 1
  }
  const casing = words < 3 ? 0 : capitals === 0 ? 1 : allCaps * 10 >= words * 6 ? 2 : capitals * 10 >= words * 8 ? 3 : 0
  const language = english > german ? 1 : german > english ? 2 : 0
  const code = marks * 2 > words + 2 ? 2 : marks > 1 ? 1 : 0
  return { casing, language, code, length: words < 3 ? 0 : words < 7 ? 1 : words < 20 ? 2 : 3 }
}
