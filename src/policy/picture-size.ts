// Owns the reading of a picture's size from the first bytes of its data: URL: PNG, JPEG, GIF and WebP.

/** In pixels. */
export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** A JPEG's size stands behind its metadata, which may be as long as a thumbnail. */
const MAX_HEADER_BYTES = 256 * 1024
/** Enough for every other format. */
const FIRST_BYTES = 64

/**
 * The size that the picture's own header gives, whatever type the URL claims; `undefined` for what is not one of the
 * four formats or is written in another way than base64.
 * Sources: PNG https://www.w3.org/TR/png-3/#11IHDR, GIF89a section 18, WebP RFC 9649, JPEG ITU-T T.81 annex B.
 * @example pictureSize('data:image/png;base64,iVBORw0KGgo…') // { width: 1024, height: 768 }
 */
export function pictureSize(url: string): PictureSize | undefined {
  const start = base64Start(url)
  if (start === undefined) return undefined
  const head = bytesOf(url, start, FIRST_BYTES)
  const size = isJpeg(head)
    ? jpegSize(bytesOf(url, start, MAX_HEADER_BYTES))
    : (pngSize(head) ?? gifSize(head) ?? webpSize(head))
  return size && size.width > 0 && size.height > 0 ? size : undefined
}

/** Where the data of a base64 data: URL begins. */
export function base64Start(url: string): number | undefined {
  if (!url.startsWith('data:')) return undefined
  const comma = url.indexOf(',')
  return comma > 0 && url.slice(0, comma).toLowerCase().endsWith(';base64') ? comma + 1 : undefined
}

function bytesOf(url: string, start: number, bytes: number): Buffer {
  return Buffer.from(url.slice(start, start + Math.ceil(bytes / 3) * 4), 'base64')
}

function pngSize(bytes: Buffer): PictureSize | undefined {
  if (bytes.length < 24 || bytes.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') return undefined
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

function gifSize(bytes: Buffer): PictureSize | undefined {
  if (bytes.length < 10 || !/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return undefined
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
}

function webpSize(bytes: Buffer): PictureSize | undefined {
  if (bytes.length < 30 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP')
    return undefined
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}

function isJpeg(bytes: Buffer): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
}

/** Walks over the segments to the first frame header. */
function jpegSize(bytes: Buffer): PictureSize | undefined {
  let at = 2
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (isFrameHeader(marker)) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    // A scan or the end: no frame header will come.
    if (marker === 0xda || marker === 0xd9) return undefined
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

/** SOF0 to SOF15 without the tables and the extensions that share their range. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
