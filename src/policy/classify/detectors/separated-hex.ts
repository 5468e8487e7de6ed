// Owns the search for hexadecimal groups that colons, hyphens or dots part: where addresses of machines may stand.

/** A stretch of such groups, not touching other letters or digits. */
export interface HexRun {
  readonly start: number
  readonly end: number
}

const LONGEST = 64

/**
 * Stretches that hold at least two of `separator` with at most four hexadecimal digits between them.
 * @param others further units that may stand in a stretch.
 */
export function* separatedHex(text: string, separator: string, others: string): Iterable<HexRun> {
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + 1)) {
    let next = at + 1
    while (next - at <= 4 && isHex(text.charCodeAt(next))) next += 1
    if (text[next] !== separator) continue
    let start = at
    while (at - start < 5 && isHex(text.charCodeAt(start - 1))) start -= 1
    let end = next
    while (
      end < text.length &&
      end - start < LONGEST &&
      (isHex(text.charCodeAt(end)) || text[end] === separator || others.includes(text[end] as string))
    )
      end += 1
    yield { start, end }
    at = end
  }
}

function isHex(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || (unit >= 97 && unit <= 102) || (unit >= 65 && unit <= 70)
}
