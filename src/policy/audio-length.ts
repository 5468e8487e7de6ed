// Owns the reading of a sound's length from the header of its base64 data: WAV exactly, MP3 by its slowest bit rate.

const FIRST_BYTES = 8192
const BYTES_PER_SECOND_MPEG1 = 4000
const BYTES_PER_SECOND_MPEG2 = 1000
/** Telephone quality at 8 bits, and eight channels of 192 kHz at 64 bits: beyond them a header is not believed. */
const LEAST_WAV_RATE = 8000
const GREATEST_WAV_RATE = 12_288_000

/**
 * The most seconds that the sound can last; `undefined` for what is neither.
 * - WAV: its bytes over those of a second, by sample rate, channels and bits of plain PCM or floats.
 * - MP3: a frame has at least 32 kbit/s in MPEG-1 and 8 kbit/s in MPEG-2, and the rate may change with every frame.
 * Sources: RIFF/WAVE (Microsoft, 1991) and ISO/IEC 11172-3 and 13818-3, table of bit rates of layer III.
 */
export function audioSeconds(base64: string): number | undefined {
  const bytes = Math.ceil((base64.length * 3) / 4)
  const head = Buffer.from(base64.slice(0, (FIRST_BYTES / 3) * 4), 'base64')
  const bytesPerSecond = wavRate(head) ?? mp3Rate(head)
  return bytesPerSecond === undefined ? undefined : bytes / bytesPerSecond
}

function wavRate(head: Buffer): number | undefined {
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE') return undefined
  for (let at = 12; at + 24 <= head.length; at += 8 + head.readUInt32LE(at + 4)) {
    if (head.toString('latin1', at, at + 4) !== 'fmt ') continue
    const format = head.readUInt16LE(at + 8)
    const isPlain = format === 1 || format === 3 || format === 0xfffe
    const rate = (head.readUInt16LE(at + 10) * head.readUInt32LE(at + 12) * head.readUInt16LE(at + 22)) / 8
    return isPlain && rate >= LEAST_WAV_RATE && rate <= GREATEST_WAV_RATE ? rate : undefined
  }
  return undefined
}

/** The first frame, behind an ID3 tag if there is one. A free bit rate (index 0) has no least one. */
function mp3Rate(head: Buffer): number | undefined {
  const start = head.toString('latin1', 0, 3) === 'ID3' ? id3Length(head) : 0
  if (start + 4 > head.length) return undefined
  const first = head.readUInt16BE(start)
  const isLayer3 = (first & 0xffe6) === 0xffe2
  const rateIndex = (head[start + 2] ?? 0) >> 4
  if (!isLayer3 || rateIndex === 0 || rateIndex === 15) return undefined
  return (first & 0x18) === 0x18 ? BYTES_PER_SECOND_MPEG1 : BYTES_PER_SECOND_MPEG2
}

/** Ten bytes, and a length of four times seven bits. */
function id3Length(head: Buffer): number {
  if (head.length < 10) return head.length
  return 10 + [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((head[at] ?? 0) & 0x7f), 0)
}
