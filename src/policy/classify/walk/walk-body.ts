// Owns the walk over a body: every string, number and member name in it, wherever it stands, in one order for all dialects.
import type { JsonValue } from '../../../domain/chat-body.ts'
import type { UndecidableCause } from '../finding.ts'
import { isKnownMember, isOpaqueMember, isProseMember } from './member-names.ts'

/** One string as it is scanned. */
export interface Segment {
  readonly text: string
  /** `messages[3].content[0].text`. Member names that no dialect has are written `*`: they could be data themselves. */
  readonly path: string
  /** What the members above it are called, in words; empty under names such as `content`. */
  readonly label: string
  /** Part of a text that continues in the next one: an identifier may begin here and end there. */
  readonly joins: boolean
  /** A value that a provider made and only it can read. */
  readonly opaque: boolean
}

export interface Visitor {
  segment(segment: Segment): void
  undecidable(cause: UndecidableCause): void
}

/** Smaller numbers identify nobody. */
const LEAST_NUMBER = 100_000

/** The sign of 64 bits, and all of them: limits in schemas, not numbers of anything. */
const limitsOfIntegers = [2 ** 63, 2 ** 64]

/** Up to 19 digits a number can be that of a card or an account; from 2^53 on its last digits are not what was sent. */
function isRounded(value: number, path: string): boolean {
  const size = Math.abs(value)
  return size > Number.MAX_SAFE_INTEGER && size < 1e20 && !limitsOfIntegers.includes(size) && !/\bseed$/.test(path)
}

export function walkBody(body: JsonValue, maxDepth: number, visitor: Visitor): void {
  const names: string[] = []

  const walk = (
    value: JsonValue,
    path: string,
    label: string,
    joins: boolean,
    opaque: boolean,
    depth: number,
  ): void => {
    if (typeof value === 'string') {
      if (value !== '') visitor.segment({ text: value, path, label, joins, opaque })
      return
    }
    if (typeof value === 'number') {
      if (isRounded(value, path)) visitor.undecidable('unreadable')
      else if (Math.abs(value) >= LEAST_NUMBER)
        visitor.segment({ text: String(value), path, label: label || 'number', joins: false, opaque })
      return
    }
    if (typeof value !== 'object' || value === null) return
    if (depth >= maxDepth) {
      visitor.undecidable('too_deep')
      return
    }
    if (Array.isArray(value)) {
      if (isTokenList(value, path)) visitor.undecidable('binary_part')
      for (const [index, item] of (value as readonly JsonValue[]).entries())
        walk(item, `${path}[${index}]`, label, true, opaque, depth + 1)
      return
    }
    const members = value as { readonly [key: string]: JsonValue }
    if (isBinaryPart(members)) visitor.undecidable('binary_part')
    for (const name of Object.keys(members)) {
      const known = isKnownMember(name)
      if (!known) names.push(name)
      const step = known ? name : '*'
      const prose = isProseMember(name)
      walk(
        members[name] as JsonValue,
        path === '' ? step : `${path}.${step}`,
        prose ? '' : labelOf(label, name),
        prose,
        opaque || isOpaqueMember(name),
        depth + 1,
      )
    }
  }

  walk(body, '', '', true, false, 0)
  // A name that is data is found like any other text; names stand on lines of their own so that they do not join.
  if (names.length > 0)
    visitor.segment({ text: names.join('\n'), path: '(member names)', label: 'name', joins: false, opaque: false })
}

/** `customerSSN` inside `order` reads `order customer ssn`; two levels are enough. */
function labelOf(outer: string, name: string): string {
  if (name.length > 64) return 'name'
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_.-]+/g, ' ')
    .toLowerCase()
  const near = outer.split(' ').slice(-3).join(' ')
  return near === '' ? words : `${near} ${words}`
}

const binaryTypes = new Set([
  'image',
  'image_url',
  'input_image',
  'audio',
  'input_audio',
  'file',
  'input_file',
  'document',
  'video',
  'video_url',
  'input_video',
  'media',
])
const binaryMembers = [
  'image_url',
  'source',
  'data',
  'url',
  'file',
  'file_data',
  'file_id',
  'file_url',
  'input_audio',
  'audio',
  'video_url',
  'image',
  'document',
  'media',
]

/** A part whose content is no text: an image, sound, a document, or a reference to one. */
function isBinaryPart(members: { readonly [key: string]: JsonValue }): boolean {
  if (Array.isArray(members.images) && members.images.length > 0) return true
  if (typeof members.type !== 'string' || !binaryTypes.has(members.type)) return false
  const { source } = members
  if (
    typeof source === 'object' &&
    source !== null &&
    !Array.isArray(source) &&
    'type' in source &&
    source.type === 'text'
  )
    return false
  return binaryMembers.some((name) => members[name] !== undefined)
}

/** Text that is given as the numbers of tokens: `prompt` and `input` may hold it, and nobody can read it. */
function isTokenList(items: readonly JsonValue[], path: string): boolean {
  return (
    items.length >= 4 &&
    /(?:^|\.)(?:prompt|input|suffix|context)(?:\[\d+\])?$/.test(path) &&
    items.every((item) => Number.isInteger(item))
  )
}
