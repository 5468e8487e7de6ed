// Owns the search for many keywords at once: one pass over a text, at word starts only.

const ALPHABET = 40
const OTHER = 39
/** The codes from here on part words. */
const SEPARATORS = 36

/**
 * Finds keywords at the start of words, and of the parts of `snake_case` and `camelCase` words. The first three units
 * choose, from a table, the few keywords that could stand there; nearly all words end there.
 */
export class KeywordIndex<Target> {
  readonly #buckets: (readonly (readonly [string, Target])[] | undefined)[] = new Array<undefined>(ALPHABET ** 3).fill(
    undefined,
  )
  readonly #empty: boolean

  /** @param entries keywords in lower case, at least three units each. */
  constructor(entries: Iterable<readonly [string, Target]>) {
    let size = 0
    for (const entry of entries) {
      if (entry[0].length < 3) throw new RangeError(`The keyword ${entry[0]} is shorter than three units.`)
      const key = keyAt(entry[0], 0)
      this.#buckets[key] = [...(this.#buckets[key] ?? []), entry]
      size += 1
    }
    this.#empty = size === 0
  }

  /** @param lower the same text as `text` in lower case, unit by unit. */
  find(text: string, lower: string, report: (target: Target, start: number, end: number) => void): void {
    if (this.#empty) return
    let before = OTHER
    const last = lower.length - 2
    for (let at = 0; at < last; at += 1) {
      const code = codes[lower.charCodeAt(at)] as number
      const starts = before >= SEPARATORS ? code !== OTHER : code < 26 && isCapitalAfterSmall(text, at)
      before = code
      if (!starts) continue
      const bucket = this.#buckets[keyAt(lower, at)]
      if (bucket === undefined) continue
      for (const [keyword, target] of bucket) {
        if (lower.startsWith(keyword, at)) report(target, at, at + keyword.length)
      }
    }
  }
}

/** Letters beyond ASCII share one code: they are part of words. */
const FOREIGN = 25

const codes = new Uint8Array(65_536).fill(FOREIGN)
codes.fill(OTHER, 0, 128)
for (let unit = 97; unit <= 122; unit += 1) codes[unit] = unit - 97
for (let unit = 48; unit <= 57; unit += 1) codes[unit] = unit - 48 + 26
codes[45] = 36
codes[46] = 37
codes[95] = 38

function keyAt(lower: string, at: number): number {
  const first = codes[lower.charCodeAt(at)] as number
  const second = codes[lower.charCodeAt(at + 1)] as number
  const third = codes[lower.charCodeAt(at + 2)] as number
  return (first * ALPHABET + second) * ALPHABET + third
}

function isCapitalAfterSmall(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  const before = text.charCodeAt(at - 1)
  return unit >= 65 && unit <= 90 && before >= 97 && before <= 122
}
