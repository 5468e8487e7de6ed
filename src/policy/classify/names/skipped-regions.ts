// Owns what is not read for names: fenced and inline code, URLs, e-mail addresses, handles.

/** A part of a text, in UTF-16 code units. */
export interface Region {
  readonly start: number
  readonly end: number
}

const LONGEST_INLINE_CODE = 200
const LONGEST_SCHEME = 12
const FENCE = '```'

/** The parts of `text` that are code or addresses: in order, not overlapping. Linear. */
export function skippedRegions(text: string): Region[] {
  const regions: Region[] = []
  const marks = [new Mark(text, '`'), new Mark(text, '://'), new Mark(text, 'www.'), new Mark(text, '@')] as const
  const [tick, scheme, , sign] = marks
  let fencesClose = true
  let floor = 0
  for (;;) {
    let mark: Mark = tick
    for (const other of marks) if (other.at < mark.at) mark = other
    const { at } = mark
    if (at === Number.POSITIVE_INFINITY) return regions
    let start = at
    let end = at
    if (mark === tick && fencesClose && text.startsWith(FENCE, at) && opensLine(text, at)) {
      end = fenceEnd(text, at)
      // A fence that is never closed could hide the rest of a prompt, so it is no fence; nor is any after it.
      fencesClose = end > at
    } else if (mark === tick) end = inlineCodeEnd(text, at)
    else if (mark === scheme) {
      start = schemeStart(text, at, floor)
      end = addressEnd(text, at + 3)
    } else {
      if (mark === sign) start = addressStart(text, at, floor)
      end = addressEnd(text, at + 1)
      if (mark === sign && end === at + 1) end = at
    }
    if (end > at) regions.push({ start, end })
    floor = Math.max(end, at + 1)
    for (const each of marks) each.moveTo(floor)
  }
}

/** The next place of a mark in the text; infinity when there is none. */
class Mark {
  at = -1
  readonly #text: string
  readonly #mark: string

  constructor(text: string, mark: string) {
    this.#text = text
    this.#mark = mark
    this.moveTo(0)
  }

  moveTo(from: number): void {
    if (this.at >= from) return
    const found = this.#text.indexOf(this.#mark, from)
    this.at = found < 0 ? Number.POSITIVE_INFINITY : found
  }
}

const LINE_FEED = 0x0a
const isBlank = (unit: number) => unit === 0x20 || unit === 0x09

/** Is there nothing but a little white space before, on the line? */
function opensLine(text: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && at - before <= 8 && isBlank(text.charCodeAt(before))) before -= 1
  return before < 0 || text.charCodeAt(before) === LINE_FEED
}

/** The end of the fence that closes the one at `start`; `start` when there is none. */
function fenceEnd(text: string, start: number): number {
  for (let at = text.indexOf(FENCE, start + 3); at >= 0; at = text.indexOf(FENCE, at + 3)) {
    if (opensLine(text, at)) return at + 3
  }
  return start
}

/** After the back-tick that closes the one at `start` on the same line; `start` when there is none. */
function inlineCodeEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + LONGEST_INLINE_CODE)
  for (let at = start + 1; at < limit && text.charCodeAt(at) !== LINE_FEED; at += 1) {
    if (text[at] === '`') return at > start + 1 ? at + 1 : start
  }
  return start
}

const ENDS_ADDRESS = new Set([...'<>"\'`(){}[],;|'].map((character) => character.charCodeAt(0)))
const endsAddress = (unit: number) => unit <= 0x20 || unit === 0xa0 || ENDS_ADDRESS.has(unit)

function addressEnd(text: string, from: number): number {
  let end = from
  while (end < text.length && !endsAddress(text.charCodeAt(end))) end += 1
  return end
}

function schemeStart(text: string, at: number, floor: number): number {
  let start = at
  while (start > floor && at - start < LONGEST_SCHEME && /[A-Za-z+]/.test(text[start - 1] as string)) start -= 1
  return start
}

/** The word before an `@`: the local part of an address. */
function addressStart(text: string, at: number, floor: number): number {
  let start = at
  while (start > floor && !endsAddress(text.charCodeAt(start - 1)) && text[start - 1] !== ':') start -= 1
  return start
}
