// Proves that no sound is taken for shorter than it is.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { audioSeconds } from './audio-length.ts'

/** A WAV file of silence. */
function wav(seconds: number, rate: number, channels: number, bits: number, format = 1, chunkBefore = 0): string {
  const data = Buffer.alloc((seconds * rate * channels * bits) / 8)
  const before = chunkBefore === 0 ? Buffer.alloc(0) : chunk('LIST', Buffer.alloc(chunkBefore))
  const fmt = Buffer.alloc(16)
  fmt.writeUInt16LE(format, 0)
  fmt.writeUInt16LE(channels, 2)
  fmt.writeUInt32LE(rate, 4)
  fmt.writeUInt32LE(((rate * channels * bits) / 8) >>> 0, 8)
  fmt.writeUInt16LE((channels * bits) / 8, 12)
  fmt.writeUInt16LE(bits, 14)
  const body = Buffer.concat([Buffer.from('WAVE'), before, chunk('fmt ', fmt), chunk('data', data)])
  return chunk('RIFF', body).toString('base64')
}

function chunk(name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(name, 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body])
}

/** Frames of layer III: 0xfb is MPEG-1, 0xf3 MPEG-2; the third byte has the index of the bit rate in its upper half. */
const mp3 = (second: number, third: number, bytes: number, tag = Buffer.alloc(0)) =>
  Buffer.concat([tag, Buffer.from([0xff, second, third, 0]), Buffer.alloc(bytes)]).toString('base64')

describe('the length of a sound', () => {
  test('of a WAV file is that of its samples, and the header a trifle more', () => {
    for (const [rate, channels, bits, format] of [
      [24_000, 1, 16, 1],
      [44_100, 2, 16, 0xfffe],
      [8000, 1, 8, 1],
      [48_000, 2, 32, 3],
    ] as const) {
      const seconds = audioSeconds(wav(3, rate, channels, bits, format, 32))
      assert.ok(seconds !== undefined && seconds >= 3 && seconds < 3.1, `${rate}: ${seconds}`)
    }
  })

  test('of an MP3 is the one at the slowest bit rate of its kind, with a tag or without', () => {
    const tag = Buffer.concat([Buffer.from('ID3'), Buffer.from([4, 0, 0, 0, 0, 0, 100]), Buffer.alloc(100)])
    for (const before of [undefined, tag]) {
      assert.equal(Math.floor(audioSeconds(mp3(0xfb, 0x90, 40_000, before)) ?? 0), 10)
      assert.equal(Math.floor(audioSeconds(mp3(0xf3, 0x90, 40_000, before)) ?? 0), 40)
    }
  })

  test('is not known of compressed WAV, of a header that cannot be true, of a free bit rate and of anything else', () => {
    const unknown = [
      ...[wav(1, 8000, 1, 8, 2), wav(0, 4_000_000_000, 2, 32), wav(1, 800, 1, 8)],
      ...[mp3(0xfb, 0x00, 1000), mp3(0xfb, 0xf0, 1000), mp3(0xfd, 0x90, 1000)],
      ...['', 'aGVsbG8=', Buffer.from('ID3').toString('base64'), Buffer.from('RIFF0000WAVE').toString('base64')],
    ]
    for (const data of unknown) assert.equal(audioSeconds(data), undefined, data.slice(0, 40))
  })
})
