// Owns the finding of digits: numbers in groups and words of letters and digits, in one pass over a text.

/** Where digits stand: the first and one past the last unit of each run. */
export interface DigitGroups {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

export function digitGroupsOf(text: string): DigitGroups {
  const starts: number[] = []
  const ends: number[] = []
  for (let at = 0; at < text.length; at += 1) {
    if (!isDigit(text.charCodeAt(at))) continue
    starts.push(at)
    do at += 1
    while (isDigit(text.charCodeAt(at)))
    ends.push(at)
  }
  return { starts, ends }
}

/** Receives what was found. Offsets are UTF-16 units. */
export interface DigitSink {
  /**
   * @param key the groups' lengths as one number, see `shapeKey`.
   * @param separator of all groups, empty for one group.
   * @param partial more digits stand before or behind, one space away: it may be a piece of something longer.
   */
  number(start: number, end: number, key: number, separator: string, partial: boolean): void
  token(start: number, end: number): void
}

const MAX_DIGITS = 20
const MAX_GROUPS = 7
const KEY_BASE = 32

/**
 * A shape as a number that can be made while walking.
 * @example shapeKey('3-2-4') === (3 * 32 + 2) * 32 + 4
 */
export function shapeKey(shape: string): number {
  return shape.split('-').reduce((key, length) => key * KEY_BASE + Number(length), 0)
}

/**
 * Reports every number, with each run of groups that could be one identifier, and every word that mixes letters and
 * digits. A run may begin and end at a space, but not inside `2021-05-20` or `3.14`.
 */
export function findDigits(text: string, { starts, ends }: DigitGroups, sink: DigitSink): void {
  let tokenEnd = -1
  for (let index = 0; index < starts.length; index += 1) {
    const start = starts[index] as number
    if (start < tokenEnd) continue
    if (isLetter(text.charCodeAt(start - 1)) || isLetter(text.charCodeAt(ends[index] as number))) {
      let from = start
      while (isWordUnit(text.charCodeAt(from - 1))) from -= 1
      tokenEnd = ends[index] as number
      while (isWordUnit(text.charCodeAt(tokenEnd))) tokenEnd += 1
      sink.token(from, tokenEnd)
      continue
    }
    reportRuns(text, starts, ends, index, sink)
  }
}

function reportRuns(
  text: string,
  starts: readonly number[],
  ends: readonly number[],
  first: number,
  sink: DigitSink,
): void {
  const start = starts[first] as number
  // Inside a run that hangs together by more than a space nothing begins.
  if (first > 0 && start - (ends[first - 1] as number) === 1 && !isSpace(text.charCodeAt(start - 1))) {
    if (isSeparator(text.charCodeAt(start - 1))) return
  }
  const led = isSpace(text.charCodeAt(start - 1)) && isDigit(text.charCodeAt(start - 2))
  const before = text.charCodeAt(start - 1)
  const hangsOn = isSeparator(before) && !isSpace(before) && isWordUnit(text.charCodeAt(start - 2)) ? before : 0
  let key = 0
  let digits = 0
  let separator = ''
  for (let index = first; index < starts.length && index - first < MAX_GROUPS; index += 1) {
    const end = ends[index] as number
    const length = end - (starts[index] as number)
    digits += length
    if (digits > MAX_DIGITS || isLetter(text.charCodeAt(end))) return
    key = key * KEY_BASE + length
    const gap = index + 1 < starts.length ? (starts[index + 1] as number) - end : -1
    const next = gap === 1 ? text.charCodeAt(end) : -1
    const linked = gap === 1 && isSeparator(next)
    // `a/123/456` is a path: what parts the groups must not also tie them to a word.
    const tied = separator !== '' && (hangsOn === separator.charCodeAt(0) || tiesToWord(text, end, separator))
    if ((!linked || isSpace(next)) && !tied) sink.number(start, end, key, separator, led || linked)
    if (!linked) return
    const between = text[end] as string
    if (separator !== '' && separator !== between) return
    separator = between
  }
}

function tiesToWord(text: string, end: number, separator: string): boolean {
  return text[end] === separator && separator !== ' ' && isLetter(text.charCodeAt(end + 1))
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57
}

/** Latin letters; scripts that are written without spaces do not join a value to the word before it. */
export function isLetter(unit: number): boolean {
  if (unit < 128) return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90)
  return unit >= 0xc0 && unit <= 0x24f && unit !== 0xd7 && unit !== 0xf7
}

function isWordUnit(unit: number): boolean {
  return isDigit(unit) || isLetter(unit)
}

function isSpace(unit: number): boolean {
  return unit === 32
}

/** Space - . , / : _ */
function isSeparator(unit: number): boolean {
  return unit === 32 || (unit >= 44 && unit <= 47) || unit === 58 || unit === 95
}
