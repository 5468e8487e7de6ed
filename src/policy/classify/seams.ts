// Owns the places where texts of a body meet: what is split over parts or messages is whole only there.
import type { Match } from './engine/detector-set.ts'
import type { Finding } from './finding.ts'
import type { Segment } from './walk/walk-body.ts'

/** Units on each side of a seam: longer than any identifier; the long secrets have a marked beginning. */
const REACH = 128
const promising = /\d|@|-----|(?:sk-|gh[pousr]_|AKIA|eyJ|xox)/

/** Texts that follow each other, joined: the end of a long one, any number of short ones, the beginning of a long one. */
export class SeamChain {
  readonly text: string
  readonly #pieces: readonly Piece[]

  constructor(pieces: readonly Piece[], glue: '' | ' ') {
    let text = ''
    let before = ''
    const placed: Piece[] = []
    for (const piece of pieces) {
      if (glue !== '' && isWord(before) && isWord(piece.text[0])) text += glue
      before = piece.text.at(-1) ?? before
      placed.push({ ...piece, at: text.length })
      text += piece.text
    }
    this.text = text
    this.#pieces = placed
  }

  /** The match as a finding in the part where it begins, or undefined when it is all in one part or known there. */
  place(match: Match, isKnown: (type: string, path: string) => boolean): Finding | undefined {
    const first = this.#pieceAt(match.start)
    const last = this.#pieceAt(match.end - 1)
    if (first === last || isKnown(match.type, first.path) || isKnown(match.type, last.path)) return undefined
    return {
      ...match,
      start: first.offset + match.start - first.at,
      end: first.offset + first.text.length,
      path: first.path,
    }
  }

  #pieceAt(at: number): Piece {
    let low = 0
    let high = this.#pieces.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#pieces[middle] as Piece).at <= at) low = middle
      else high = middle - 1
    }
    return this.#pieces[low] as Piece
  }
}

function isWord(unit: string | undefined): boolean {
  return unit !== undefined && /\w/.test(unit)
}

/** A part of a segment in a chain. */
interface Piece {
  readonly text: string
  readonly path: string
  /** Where it begins in its segment. */
  readonly offset: number
  /** Where it begins in the chain. */
  readonly at: number
}

/** Each text is in at most two chains, so that many short ones cost no more than one long one. */
export function* seamChainsOf(segments: readonly Segment[]): Iterable<SeamChain> {
  let pieces: Piece[] = []
  for (const { text, path } of segments) {
    if (text.length <= 2 * REACH) {
      pieces.push({ text, path, offset: 0, at: 0 })
      continue
    }
    pieces.push({ text: text.slice(0, REACH), path, offset: 0, at: 0 })
    yield* chainsOf(pieces)
    pieces = [{ text: text.slice(-REACH), path, offset: text.length - REACH, at: 0 }]
  }
  yield* chainsOf(pieces)
}

/** As they are; and, where two words meet, as two words. */
function* chainsOf(pieces: readonly Piece[]): Iterable<SeamChain> {
  if (pieces.length < 2) return
  const chain = new SeamChain(pieces, '')
  if (!promising.test(chain.text)) return
  yield chain
  const apart = new SeamChain(pieces, ' ')
  if (apart.text.length > chain.text.length) yield apart
}
