// Owns the places where two texts of a body meet: what is split over parts or messages is whole only there.
import type { Match } from './engine/detector-set.ts'
import type { Finding } from './finding.ts'
import type { Segment } from './walk/walk-body.ts'

/** Units on each side: longer than any identifier; the long secrets have a marked beginning. */
const REACH = 128
/** Looked at before a seam is scanned. */
const GLANCE = 48
const promising = /\d|@|-----|(?:sk-|gh[pousr]_|AKIA|eyJ|xox)/

export interface Seam {
  readonly text: string
  /** Where in `text` the two meet. */
  readonly at: number
  /** A match in `text` as a finding in the part where it begins. */
  place(match: Match): Finding
  /** Whether a finding is of the same type and in what the match covers of the part before or behind the seam. */
  covers(match: Match, finding: Finding): boolean
}

/** @param parts in the order of the body; short ones are joined with more than one neighbour. */
export function* seamsOf(parts: readonly Segment[]): Iterable<Seam> {
  for (let index = 1; index < parts.length; index += 1) {
    const left = textBefore(parts, index)
    const right = textFrom(parts, index)
    if (!promising.test(left.slice(-GLANCE) + right.slice(0, GLANCE))) continue
    for (const glue of gluesBetween(left, right)) {
      const at = left.length
      const before = parts[index - 1] as Segment
      const behind = parts[index] as Segment
      yield {
        text: left + glue + right,
        at,
        place: (match) => placeIn(parts, index, at - match.start, match),
        covers: (match, { type, path, start, end }) =>
          type === match.type &&
          ((path === behind.path && start < match.end - at - glue.length) ||
            (path === before.path && end > before.text.length - (at - match.start))),
      }
    }
  }
}

/** As it is; and as two words where two words meet. */
function gluesBetween(left: string, right: string): readonly string[] {
  return /\w$/.test(left) && /^\w/.test(right) ? ['', ' '] : ['']
}

function textBefore(parts: readonly Segment[], index: number): string {
  let text = ''
  for (let at = index - 1; at >= 0 && text.length < REACH; at -= 1)
    text = (parts[at] as Segment).text.slice(-REACH) + text
  return text.slice(-REACH)
}

function textFrom(parts: readonly Segment[], index: number): string {
  let text = ''
  for (let at = index; at < parts.length && text.length < REACH; at += 1)
    text += (parts[at] as Segment).text.slice(0, REACH)
  return text.slice(0, REACH)
}

/** @param back units from the seam back to the beginning of the match. */
function placeIn(parts: readonly Segment[], index: number, back: number, match: Match): Finding {
  let at = index - 1
  let rest = back
  while (at > 0 && rest > (parts[at] as Segment).text.length) {
    rest -= (parts[at] as Segment).text.length
    at -= 1
  }
  const { text, path } = parts[at] as Segment
  return { ...match, start: Math.max(0, text.length - rest), end: text.length, path }
}
