// Owns text inside text: stretches of base64 or hexadecimal digits that are readable once decoded.
import { bytesOfBase32, isBase32 } from './base32.ts'
import { inflate } from './inflate.ts'
import { printableInBase64, printableInHex } from './printable-stretches.ts'

/** Something a stretch of text decodes to. */
export interface Blob {
  readonly start: number
  readonly end: number
  /** What it says, or undefined for bytes that are no text. */
  readonly text: string | undefined
}

export interface BlobLimits {
  /** Bytes from which unreadable data is reported. */
  readonly leastUnreadableBytes: number
  /** What one compressed stretch may unpack to, in bytes. */
  readonly maxUnpackedBytes: number
}

const LEAST_BASE64 = 16
const LEAST_HEX_DIGITS = 16
const LEAST_PAIRS = 8

/**
 * Every stretch that decodes to text, and every one that decodes to a lot of something else.
 * @throws UnpackedTooLarge
 */
export function* decodeBlobs(text: string, limits: BlobLimits): Iterable<Blob> {
  for (const run of runsIn(text)) {
    const written = text.slice(run.start, run.end)
    // So much that is not read counts as unreadable, whatever shows in it.
    const isLarge = written.length >= limits.leastUnreadableBytes
    if (run.hex) {
      const blob = startsReadableHex(written) ? judge(run, bytesOfHex(written), limits) : undefined
      if (blob?.text !== undefined) {
        yield blob
        continue
      }
      if (!isLarge) yield* partly(run, printableInHex(written))
    }
    if (run.pairs) continue
    const inBase32 = isBase32(written) ? readableText(bytesOfBase32(written)) : undefined
    if (inBase32 !== undefined) {
      yield { start: run.start, end: run.end, text: inBase32 }
      continue
    }
    // Words, names and paths are of the same characters: the first bytes tell nearly all of them.
    const blob =
      isLarge || startsReadable(written)
        ? judge(run, Buffer.from(written.replace(/\s/g, ''), 'base64'), limits)
        : undefined
    if (blob) yield blob
    else if (!isLarge) yield* partly(run, printableInBase64(written))
  }
}

function* partly({ start, end }: Run, text: string | undefined): Iterable<Blob> {
  if (text !== undefined) yield { start, end, text }
}

interface Run {
  readonly start: number
  readonly end: number
  /** Hexadecimal digits only. */
  readonly hex: boolean
  /** Bytes apart from each other: `30 37 38`. */
  readonly pairs: boolean
}

const BASE64 = 1
const HEX = 2
const kinds = new Uint8Array(65_536)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')
  kinds[character.charCodeAt(0)] = BASE64
for (const character of '0123456789abcdefABCDEF') kinds[character.charCodeAt(0)] = BASE64 | HEX

function* runsIn(text: string): Iterable<Run> {
  if (text.length < LEAST_BASE64) return
  let pairs = 0
  let pairsStart = 0
  let pairsEnd = -10
  for (let at = 0; at < text.length; at += 1) {
    let kind = kinds[text.charCodeAt(at)] as number
    if (kind === 0) continue
    // `0x` is no digit of what follows it.
    if (text[at] === '0' && text[at + 1] === 'x' && hasHexDigits(text, at + 2)) {
      at += 2
      kind = kinds[text.charCodeAt(at)] as number
    }
    const start = at
    let common = kind
    while (kind !== 0) {
      common &= kind
      at += 1
      kind = at < text.length ? (kinds[text.charCodeAt(at)] as number) : 0
    }
    const length = at - start
    const isPair = (length === 2 && (common & HEX) !== 0) || (length === 4 && text.startsWith('0x', start))
    if (isPair && start - pairsEnd <= 2) pairs += 1
    else {
      if (pairs >= LEAST_PAIRS) yield { start: pairsStart, end: pairsEnd, hex: true, pairs: true }
      pairs = isPair ? 1 : 0
      pairsStart = start
    }
    if (isPair) pairsEnd = at
    if (length < LEAST_BASE64) continue
    at = endOfLines(text, start, at)
    yield { start, end: at, hex: (common & HEX) !== 0 && length >= LEAST_HEX_DIGITS, pairs: false }
  }
  if (pairs >= LEAST_PAIRS) yield { start: pairsStart, end: pairsEnd, hex: true, pairs: true }
}

/** More digits than the pairs of `0x30 0x37` have. */
function hasHexDigits(text: string, from: number): boolean {
  for (let at = from; at < from + LEAST_HEX_DIGITS; at += 1)
    if (at >= text.length || ((kinds[text.charCodeAt(at)] as number) & HEX) === 0) return false
  return true
}

/** Mails and certificates break their base64 into lines of 60 to 80; others into pieces of one length. */
function endOfLines(text: string, start: number, end: number): number {
  const width = end - start
  const isLines = width >= 60 && width <= 80 && text[end] !== ' '
  let lineEnd = end
  let lines = 1
  for (;;) {
    const next = nextLine(text, lineEnd, width)
    let nextEnd = next
    while (nextEnd < text.length && kinds[text.charCodeAt(nextEnd)] !== 0) nextEnd += 1
    const isEqual = nextEnd - next === width
    // A single word behind a stretch is no part of it.
    if (next < 0 || nextEnd === next || !(isLines || isEqual || (lines > 1 && nextEnd - next < width))) return lineEnd
    lineEnd = nextEnd
    lines += 1
    if (isLines ? nextEnd - next < 60 || nextEnd - next > 80 : !isEqual) return lineEnd
  }
}

/** Where it begins, or -1. Spaces part pieces of whole groups of four. */
function nextLine(text: string, end: number, width: number): number {
  if (text[end] === '\r' && text[end + 1] === '\n') return end + 2
  return text[end] === '\n' || (text[end] === ' ' && width % 4 === 0) ? end + 1 : -1
}

function judge(run: Run, bytes: Uint8Array, { leastUnreadableBytes, maxUnpackedBytes }: BlobLimits): Blob | undefined {
  const { start, end } = run
  const text = readableText(bytes)
  if (text !== undefined) return { start, end, text }
  const unpacked = bytes.length >= 12 ? inflate(bytes, maxUnpackedBytes) : undefined
  const inner = unpacked && unpacked.length > 0 ? readableText(unpacked) : undefined
  return inner !== undefined || bytes.length >= leastUnreadableBytes ? { start, end, text: inner } : undefined
}

function bytesOfHex(text: string): Uint8Array {
  return Buffer.from(text.replace(/0x|[^0-9a-f]/gi, ''), 'hex')
}

function startsReadableHex(text: string): boolean {
  const digits = text.slice(0, 40).replace(/0x|[^0-9a-f]/gi, '')
  return startsAsText(Number.parseInt(digits.slice(0, 6), 16), Number.parseInt(digits.slice(6, 12), 16))
}

const values = new Uint8Array(128)
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  values[character.charCodeAt(0)] = value
values[45] = 62
values[95] = 63

/** Decodes the first bytes by hand: most stretches end here. */
function startsReadable(text: string): boolean {
  return startsAsText(threeBytes(text, 0), threeBytes(text, 4))
}

/** Three bytes as one number. */
function threeBytes(text: string, at: number): number {
  const value = (offset: number) => values[text.charCodeAt(at + offset)] as number
  return (value(0) << 18) | (value(1) << 12) | (value(2) << 6) | value(3)
}

/** Six bytes, three in each number, are of text in UTF-8 or UTF-16, or begin packed data. */
function startsAsText(head: number, tail: number): boolean {
  const first = head >> 16
  const second = (head >> 8) & 255
  if ((first === 0x1f && second === 0x8b) || (first === 0x78 && (first * 256 + second) % 31 === 0)) return true
  if (first === 0xff && second === 0xfe) return true
  // An ASCII letter in UTF-16.
  if (second === 0 && first >= 0x20 && first < 0x7f) return true
  let following = 0
  for (let index = 0; index < 6; index += 1) {
    const byte = ((index < 3 ? head : tail) >> (16 - (index % 3) * 8)) & 255
    if (following > 0) {
      if ((byte & 0xc0) !== 0x80) return false
      following -= 1
    } else if (byte >= 0x80) {
      if (byte < 0xc2 || byte > 0xf4) return false
      following = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    } else if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return false
  }
  return true
}

const strict = new TextDecoder('utf-8', { fatal: true })
const utf16 = new TextDecoder('utf-16le')

/** UTF-8, or UTF-16 as PowerShell writes it, without control characters. */
function readableText(bytes: Uint8Array): string | undefined {
  if (bytes.length < 6) return undefined
  const zeros = bytes.subarray(0, 64).filter((byte) => byte === 0).length
  if (zeros > 0) {
    const text = utf16.decode(bytes)
    return zeros * 5 >= Math.min(64, bytes.length) && isReadable(text) ? text : undefined
  }
  if (!bytes.subarray(0, 32).every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13)) return undefined
  const text = decodeUtf8(bytes) ?? decodeUtf8(bytes.subarray(0, -1)) ?? decodeUtf8(bytes.subarray(0, -2))
  return text !== undefined && isReadable(text) ? text : undefined
}

/** The last bytes may be half a character where something else stood right behind. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

function isReadable(text: string): boolean {
  return !/(?![\t\n\r])[\p{Cc}\ufffd]/u.test(text.slice(0, 4096))
}
