// Owns text inside text: stretches of base64 or hexadecimal digits that are readable once decoded.
import { inflate } from './inflate.ts'

/** Something a stretch of text decodes to. */
export interface Blob {
  readonly start: number
  readonly end: number
  /** What it says, or undefined for bytes that are no text. */
  readonly text: string | undefined
  readonly bytes: number
}

const LEAST_BASE64 = 16
const LEAST_HEX_PAIRS = 8
const base64 = new RegExp(`[A-Za-z0-9+/_-]{${LEAST_BASE64},}={0,2}`, 'g')
/** Lines of a mail's or a certificate's base64. */
const wrapped = /^(?:[A-Za-z0-9+/]{60,80}\r?\n){2,}[A-Za-z0-9+/]{1,80}={0,2}/gm
const hexadecimal = new RegExp(
  `(?:[0-9a-f]{2}){${LEAST_HEX_PAIRS},}|(?:[0-9a-f]{2}[ :,]){${LEAST_HEX_PAIRS},}[0-9a-f]{2}|(?:0x[0-9a-f]{2},? ?){${LEAST_HEX_PAIRS},}`,
  'gi',
)

/**
 * Every stretch that decodes to text, and every one that decodes to a lot of something else.
 * @param least bytes from which unreadable data is reported.
 */
export function* decodeBlobs(text: string, least: number, maxOutputBytes: number): Iterable<Blob> {
  if (text.length < LEAST_BASE64) return
  const seen = { end: -1 }
  if (text.includes('\n')) {
    for (const match of text.matchAll(wrapped))
      yield* judge(match, bytesOfBase64(match[0].replace(/\s/g, '')), least, maxOutputBytes, seen)
  }
  for (const match of text.matchAll(hexadecimal)) {
    if (match.index < seen.end || !couldBeText(hexByte(match[0]))) continue
    yield* judge(match, bytesOfHex(match[0]), least, maxOutputBytes, seen)
  }
  for (const match of text.matchAll(base64)) {
    if (match.index < seen.end) continue
    // Words, names and paths are of the same characters: the first bytes tell nearly all of them.
    if (match[0].length < least && !startsReadable(match[0])) continue
    yield* judge(match, bytesOfBase64(match[0]), least, maxOutputBytes, seen)
  }
}

function* judge(
  match: RegExpExecArray,
  bytes: Uint8Array,
  least: number,
  maxOutputBytes: number,
  seen: { end: number },
): Iterable<Blob> {
  const span = { start: match.index, end: match.index + match[0].length, bytes: bytes.length }
  const readable = readableText(bytes)
  if (readable !== undefined) {
    seen.end = span.end
    yield { ...span, text: readable }
    return
  }
  const unpacked = bytes.length >= 12 ? inflate(bytes, maxOutputBytes) : undefined
  const inner = unpacked && unpacked.length > 0 ? readableText(unpacked) : undefined
  if (inner !== undefined || bytes.length >= least) {
    seen.end = span.end
    yield { ...span, text: inner }
  }
}

function bytesOfBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64')
}

function bytesOfHex(text: string): Uint8Array {
  return Buffer.from(text.replace(/0x|[^0-9a-f]/gi, ''), 'hex')
}

function hexByte(text: string): number {
  return Number.parseInt(text.replace(/^0x/i, '').slice(0, 2), 16)
}

/** Printable, a line end, the start of a character beyond ASCII, a zero of UTF-16, or the mark of packed data. */
function couldBeText(byte: number): boolean {
  return (
    (byte >= 0x20 && byte < 0x7f) ||
    byte === 0 ||
    byte === 9 ||
    byte === 10 ||
    byte === 13 ||
    (byte >= 0xc2 && byte <= 0xf4) ||
    byte === 0xff ||
    byte === 0xfe ||
    byte === 0x1f ||
    byte === 0x78
  )
}

const values = new Uint8Array(128).fill(255)
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  values[character.charCodeAt(0)] = value
values[45] = 62
values[95] = 63

/** Decodes the first six bytes by hand: all must be of text, or the first two of packed data. */
function startsReadable(text: string): boolean {
  const bytes: number[] = []
  for (let at = 0; at < 8; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3].map((offset) => values[text.charCodeAt(at + offset)] ?? 0)
    bytes.push((a << 2) | (b >> 4), ((b & 15) << 4) | (c >> 2), ((c & 3) << 6) | d)
  }
  const [first = 0, second = 0] = bytes
  if ((first === 0x1f && second === 0x8b) || (first === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(second))) return true
  return bytes.every((byte) => couldBeText(byte) || (byte >= 0x80 && byte < 0xc0))
}

const strict = new TextDecoder('utf-8', { fatal: true })
const utf16 = new TextDecoder('utf-16le')

/** UTF-8, or UTF-16 as PowerShell writes it, without control characters. */
function readableText(bytes: Uint8Array): string | undefined {
  if (bytes.length < 6) return undefined
  const zeros = bytes.subarray(0, 64).filter((byte) => byte === 0).length
  if (zeros > 0) {
    const text = utf16.decode(bytes)
    return zeros * 3 >= Math.min(64, bytes.length) && isReadable(text) ? text : undefined
  }
  if (!bytes.subarray(0, 32).every((byte) => couldBeText(byte) || byte >= 0x80)) return undefined
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
