// Proves that server-sent events come out whole and unchanged, however the network cut them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../../test/make/property.ts'
import { eventData, splitEvents } from '../../domain/event-bytes.ts'
import { EventAligner } from './event-aligner.ts'

const lines = fc.oneof(
  fc.constantFrom(
    'data: {"a":1}',
    'data:x',
    'data',
    ': ping',
    'event: done',
    'id: 7',
    'data: é漢😀',
    'data: [DONE]',
    'x',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, ' ')}`),
)
/** An event, its own line ends included: whole ones end with a blank line. */
const events = fc
  .tuple(fc.array(lines, { minLength: 1, maxLength: 3 }), fc.constantFrom('\n', '\r\n'))
  .map(([all, end]) => `${all.join(end)}${end}${end}`)
const streams = fc.array(events, { maxLength: 8 })

/** The text in pieces of random sizes, cut anywhere, also within a character. */
function chunked(text: string, sizes: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text)
  const chunks: Buffer[] = []
  let start = 0
  for (let index = 0; start < bytes.length; index += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[index % sizes.length] ?? 1)
    chunks.push(bytes.subarray(start, start + size))
    start += size
  }
  return chunks
}
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 10 })

describe('any cutting of a stream', () => {
  test('gives the same bytes, only whole events, and keeps nothing back of whole ones', () => {
    fc.assert(
      fc.property(
        streams,
        fc.constantFrom('', 'data: unfinished', 'data: a\n', ': x\r'),
        sizes,
        (whole, rest, cuts) => {
          const text = whole.join('') + rest
          const aligner = new EventAligner()
          const released = chunked(text, cuts).flatMap((chunk) => aligner.push(chunk) ?? [])
          for (const buffer of released) assert.match(buffer.toString('latin1'), /\n\r?\n$/)
          assert.equal(Buffer.concat(released).toString('latin1'), Buffer.from(whole.join('')).toString('latin1'))
          assert.equal(aligner.rest().toString('latin1'), Buffer.from(rest).toString('latin1'))
          assert.equal(aligner.heldBytes, Buffer.byteLength(rest))
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('lets each event out with the chunk that completes it', () => {
    fc.assert(
      fc.property(streams, sizes, (whole, cuts) => {
        const ends: number[] = []
        let at = 0
        for (const event of whole) {
          at += Buffer.byteLength(event)
          ends.push(at)
        }
        const aligner = new EventAligner()
        let seen = 0
        let out = 0
        for (const chunk of chunked(whole.join(''), cuts)) {
          seen += chunk.length
          out += aligner.push(chunk)?.length ?? 0
          assert.equal(out, ends.findLast((end) => end <= seen) ?? 0)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('is passed on without a copy when it holds whole events only', () => {
    const chunk = Buffer.from('data: a\n\ndata: b\r\n\r\n')
    assert.equal(new EventAligner().push(chunk), chunk)
  })

  test('costs work in proportion to the bytes, however small the pieces of one event', () => {
    const copied = (pieces: number) => {
      const aligner = new EventAligner()
      const original = Buffer.concat
      let bytes = 0
      Buffer.concat = (list, length) => {
        const joined = original(list, length)
        bytes += joined.length
        return joined
      }
      try {
        for (let index = 0; index < pieces; index += 1) aligner.push(Buffer.from('x'))
        assert.equal(aligner.push(Buffer.from('\n\n'))?.length, pieces + 2)
      } finally {
        Buffer.concat = original
      }
      return bytes
    }
    assert.ok(copied(40_000) <= 4 * copied(10_000) + 1000, 'the work grows faster than the bytes')
  })
})

describe('splitting', () => {
  test('gives one buffer an event, and all bytes', () => {
    fc.assert(
      fc.property(streams, fc.constantFrom('', 'data: unfinished'), (whole, rest) => {
        const split = splitEvents(Buffer.from(whole.join('') + rest)).map(String)
        assert.deepEqual(
          split,
          rest === ''
            ? whole.map((one) => Buffer.from(one).toString())
            : [...whole.map((one) => Buffer.from(one).toString()), rest],
        )
      }),
    )
  })

  test('of nothing is nothing', () => assert.deepEqual(splitEvents(Buffer.alloc(0)), []))

  test('keeps surplus blank lines with an event', () => {
    const text = 'data: a\n\n\n\ndata: b\n\n'
    const split = splitEvents(Buffer.from(text)).map(String)
    assert.equal(split.join(''), text)
    assert.deepEqual(split.map((event) => eventData(Buffer.from(event))).filter(Boolean), ['a', 'b'])
  })
})

describe('the data of an event', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['data: {"a":1}\n\n', '{"a":1}'],
    ['data:{"a":1}\n\n', '{"a":1}'],
    ['data: {"a":1}\r\n\r\n', '{"a":1}'],
    ['data: a\ndata: b\n\n', 'a\nb'],
    ['event: x\nid: 1\ndata: a\nretry: 5\n\n', 'a'],
    ['data:  two spaces\nevent: x\n\n', ' two spaces'],
    [': comment\n\n', ''],
    [': comment\ndata: a\n\n', 'a'],
    ['data\n\n', ''],
    ['data: \n\n', ''],
    ['\n\n', ''],
    ['data: a', 'a'],
    ['database: a\n\n', ''],
    ['data: é漢😀\n\n', 'é漢😀'],
  ]
  for (const [event, data] of cases) {
    test(`${JSON.stringify(event)} is ${JSON.stringify(data)}`, () => {
      assert.equal(eventData(Buffer.from(event)), data)
    })
  }
})
