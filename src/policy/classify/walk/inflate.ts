// Owns the unpacking of compressed data, with a hard limit on what may come out.
import { inflateRawSync, unzipSync } from 'node:zlib'

/** Thrown when more than the limit came out: what it holds cannot be judged. */
export class UnpackedTooLarge extends Error {
  override readonly name = 'UnpackedTooLarge'
}

/**
 * @returns the bytes of a gzip, zlib or raw deflate stream, undefined when it is none.
 * @throws UnpackedTooLarge
 */
export function inflate(bytes: Uint8Array, maxOutputBytes: number): Uint8Array | undefined {
  const [first = 0, second = 0] = bytes
  const isGzip = first === 0x1f && second === 0x8b
  // RFC 1950: method 8, window up to 32 KB, and the two bytes are a multiple of 31.
  const isZlib = (first & 0x0f) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0
  if (isGzip || isZlib) return unpack(unzipSync, bytes, maxOutputBytes)
  // Raw deflate has no mark; the type of the first block is 1 or 2 in what compressors write.
  const blockType = (first >> 1) & 3
  return blockType === 1 || blockType === 2 ? unpack(inflateRawSync, bytes, maxOutputBytes) : undefined
}

function unpack(
  method: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer,
  bytes: Uint8Array,
  maxOutputBytes: number,
): Uint8Array | undefined {
  try {
    return method(bytes, { maxOutputLength: maxOutputBytes })
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new UnpackedTooLarge()
    return undefined
  }
}
