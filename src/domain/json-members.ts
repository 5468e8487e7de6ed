// Owns where the members of a JSON object stand in its bytes, so that single members can be changed in place.
import type { MemberSpan } from './chat-body.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

export interface ScannedObject {
  /** Top-level members in order; a duplicate key stands twice. */
  readonly members: readonly MemberSpan[]
  /** Keys at all depths, duplicates counted. More than the parsed value has means that a key stands twice. */
  readonly keyCount: number
  /** The deepest level, 1 for a flat object. */
  readonly depth: number
  /** Some key at some depth is written with an escape: see `keysAreMisread`. */
  readonly hasEscapedKey: boolean
}

/**
 * Finds the members of a JSON object. The bytes must be valid JSON with an object at the top: parse them first.
 * Strings are skipped by native search, so a large one costs little.
 */
export function scanMembers(bytes: Buffer): ScannedObject {
  const members: MemberSpan[] = []
  let keyCount = 0
  let depth = 0
  let deepest = 0
  let hasEscapedKey = false
  let key: string | undefined
  let keyStart = 0
  let valueStart = 0
  let valueEnd = 0
  const close = () => {
    if (key !== undefined) members.push({ key, start: keyStart, valueStart, end: valueEnd })
    key = undefined
  }
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number
    if (byte <= 0x20) continue
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at)
      const colon = skipSpace(bytes, end)
      if (bytes[colon] === COLON) {
        keyCount += 1
        hasEscapedKey ||= hasEscape(bytes, at, end)
        if (depth === 1) {
          key = decodeKey(bytes, at, end)
          keyStart = at
          valueStart = skipSpace(bytes, colon + 1)
        }
        at = colon
        continue
      }
      at = end - 1
      if (depth === 1) valueEnd = end
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1
      if (depth === 0) close()
      else if (depth === 1) valueEnd = at + 1
    } else if (byte === COMMA) {
      if (depth === 1) close()
    } else if (depth === 1) {
      valueEnd = at + 1
    }
  }
  return { members, keyCount, depth: deepest, hasEscapedKey }
}

/** Keys at all depths of a parsed value. */
export function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let total = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') total += countKeys(item)
    return total
  }
  for (const key of Object.keys(value)) {
    total += 1
    const member = (value as Record<string, unknown>)[key]
    if (typeof member === 'object') total += countKeys(member)
  }
  return total
}

/**
 * Whether a parsed value has other keys than its text. V8 12.8 to 14.6, and so Node 24, takes `\u006e` for `\\` when an
 * object with the key `\\` was parsed before (https://github.com/nodejs/node/issues/63785): what we read would not be
 * what the next server reads. Slow; only a text with an escaped key needs to be asked.
 */
export function keysAreMisread(bytes: Buffer, value: unknown): boolean {
  const written: string[] = []
  for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at)) {
    const end = stringEnd(bytes, at)
    if (bytes[skipSpace(bytes, end)] === COLON) written.push(decodeKey(bytes, at, end))
    at = end
  }
  const read = keysOf(value)
  written.sort()
  read.sort()
  return written.length !== read.length || written.some((key, index) => key !== read[index])
}

function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = Array.isArray(value) ? [] : Object.keys(value)
  return [...own, ...Object.values(value).flatMap(keysOf)]
}

/** The path of the first key that stands twice in its object: `messages[0].role`. Slow; for the error message. */
export function findDuplicateKey(bytes: Buffer): string | undefined {
  interface Level {
    readonly keys: Set<string> | undefined
    index: number
    path: string
  }
  const stack: Level[] = []
  let path = ''
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    const level = stack.at(-1)
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at)
      if (bytes[skipSpace(bytes, end)] === COLON && level?.keys) {
        const key = decodeKey(bytes, at, end)
        path = level.path === '' ? key : `${level.path}.${key}`
        if (level.keys.has(key)) return path
        level.keys.add(key)
      }
      at = end - 1
    } else if (byte === OPEN_BRACE) {
      stack.push({ keys: new Set(), index: 0, path })
    } else if (byte === OPEN_BRACKET) {
      stack.push({ keys: undefined, index: 0, path })
      path = `${path}[0]`
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      stack.pop()
    } else if (byte === COMMA && level && !level.keys) {
      level.index += 1
      path = `${level.path}[${level.index}]`
    }
  }
  return undefined
}

/** The offset behind the closing quote of the string that opens at `open`. */
function stringEnd(bytes: Buffer, open: number): number {
  let quote = bytes.indexOf(QUOTE, open + 1)
  while (quote > 0 && isEscaped(bytes, quote)) quote = bytes.indexOf(QUOTE, quote + 1)
  return quote < 0 ? bytes.length : quote + 1
}

function hasEscape(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] === BACKSLASH) return true
  return false
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let backslashes = 0
  while (bytes[at - 1 - backslashes] === BACKSLASH) backslashes += 1
  return backslashes % 2 === 1
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && (bytes[at] as number) <= 0x20) at += 1
  return at
}

function decodeKey(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start + 1, end - 1)
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text
}
