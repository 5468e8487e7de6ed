// Owns text that was made from another text piece by piece, and the way back to the offsets of the first.

/** A changed text that knows where each of its units came from. */
export class MappedText {
  readonly text: string
  /** Where changed pieces begin in `text`, ascending; and where they and what follows them stand in the original. */
  readonly #madeStarts: readonly number[]
  readonly #madeEnds: readonly number[]
  readonly #startsInOriginal: readonly number[]
  readonly #endsInOriginal: readonly number[]

  constructor(
    text: string,
    madeStarts: readonly number[],
    madeEnds: readonly number[],
    startsInOriginal: readonly number[],
    endsInOriginal: readonly number[],
  ) {
    this.text = text
    this.#madeStarts = madeStarts
    this.#madeEnds = madeEnds
    this.#startsInOriginal = startsInOriginal
    this.#endsInOriginal = endsInOriginal
  }

  /** How many pieces were changed. */
  get changes(): number {
    return this.#madeStarts.length
  }

  /** From the first changed piece to the last, in `text`. */
  get changedSpan(): readonly [number, number] {
    return [this.#madeStarts[0] ?? 0, this.#madeEnds.at(-1) ?? 0]
  }

  /** The span in the original that the span `[start, end)` of `text` was made from. */
  originOf(start: number, end: number): readonly [number, number] {
    const last = this.#pieceBefore(end - 1)
    const lastEnd = last < 0 ? 0 : (this.#madeEnds[last] as number)
    const finish =
      last < 0
        ? end
        : end - 1 < lastEnd
          ? (this.#endsInOriginal[last] as number)
          : (this.#endsInOriginal[last] as number) + end - lastEnd
    return [this.#unitBefore(start), finish]
  }

  #unitBefore(at: number): number {
    const piece = this.#pieceBefore(at)
    if (piece < 0) return at
    const madeEnd = this.#madeEnds[piece] as number
    return at < madeEnd
      ? (this.#startsInOriginal[piece] as number)
      : (this.#endsInOriginal[piece] as number) + at - madeEnd
  }

  /** The last changed piece that begins at or before `at`, or -1. */
  #pieceBefore(at: number): number {
    let low = 0
    let high = this.#madeStarts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#madeStarts[middle] as number) <= at) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/**
 * Replaces what `pattern` (global) finds.
 * @param replace gives the new piece, or undefined to leave it as it is.
 * @returns undefined when nothing was replaced.
 */
export function replaceMapped(
  text: string,
  pattern: RegExp,
  replace: (match: RegExpExecArray) => string | undefined,
): MappedText | undefined {
  let made = ''
  let copied = 0
  const madeStarts: number[] = []
  const madeEnds: number[] = []
  const starts: number[] = []
  const ends: number[] = []
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[0] === '') {
      pattern.lastIndex += 1
      continue
    }
    const piece = replace(match)
    if (piece === undefined || piece === match[0]) continue
    made += text.slice(copied, match.index)
    madeStarts.push(made.length)
    made += piece
    madeEnds.push(made.length)
    copied = match.index + match[0].length
    starts.push(match.index)
    ends.push(copied)
  }
  if (madeStarts.length === 0) return undefined
  return new MappedText(made + text.slice(copied), madeStarts, madeEnds, starts, ends)
}
