// Owns base32 (RFC 4648, section 6): what may be it, and its bytes.

const LEAST_LENGTH = 24
const upper = /^[A-Z2-7]+$/
const lower = /^[a-z2-7]+$/

/** Of one case, as encoders write it, and long enough for an identifier. Its first bytes must be of text. */
export function isBase32(text: string): boolean {
  if (text.length < LEAST_LENGTH) return false
  if (!upper.test(text) && !lower.test(text)) return false
  return bytesOfBase32(text.slice(0, 16)).every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13)
}

/** Five bits a character, without what is left at the end. */
export function bytesOfBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < text.length; index += 1) {
    held = ((held << 5) | fiveBits(text.charCodeAt(index))) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = (held >> bits) & 0xff
  }
  return bytes
}

/** Letters of either case are 0 to 25, the digits 2 to 7 follow. */
function fiveBits(code: number): number {
  return code < 0x40 ? code - 24 : (code & 31) - 1
}
