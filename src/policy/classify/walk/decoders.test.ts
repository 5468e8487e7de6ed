// Proves what is read out of escapes, encoded stretches and digits pulled apart, and what is taken for none of them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { decodeBlobs } from './decode-blobs.ts'
import { inflate, UnpackedTooLarge } from './inflate.ts'
import { readEscapes } from './read-escapes.ts'
import { joinSpacedDigits } from './spaced-digits.ts'

const limits = { leastUnreadableBytes: 512, maxUnpackedBytes: 10_000 }
const blobs = (text: string) => [...decodeBlobs(text, limits)]
const SECRET = 'write to jane.doe@acme.com today'

describe('escapes', () => {
  const cases: readonly (readonly [text: string, read: string | undefined])[] = [
    ['jane%40acme.com', 'jane@acme.com'],
    ['%C3%A4rger', 'ärger'],
    ['jane&#64;acme&period;com &#x4A;', 'jane@acme.com J'],
    ['\\u006aane \\x40 \\u{1F600}', 'jane @ 😀'],
    ['\\\\u006aane', 'jane'],
    ['jane=40acme=2Ecom', 'jane@acme.com'],
    ['jane.d=\noe', 'jane.doe'],
    ['100 % of it & more', undefined],
    ['rows=45 width=12', undefined],
    ['a == b && c >= 20', undefined],
    ['x = AB; y = 1; z=20; w = 5', undefined],
  ]
  for (const [text, read] of cases) test(text, () => assert.equal(readEscapes(text)?.text, read))
})

describe('encoded stretches', () => {
  const encoded: Readonly<Record<string, string>> = {
    base64: Buffer.from(SECRET).toString('base64'),
    'base64 for URLs': Buffer.from(`${SECRET}ÿ?>`).toString('base64url'),
    'lines of base64': `${Buffer.from(SECRET.repeat(8)).toString('base64').replace(/.{76}/g, '$&\n')}`,
    'UTF-16': Buffer.from(SECRET, 'utf16le').toString('base64'),
    hexadecimal: Buffer.from(SECRET).toString('hex'),
    'spaced hexadecimal': (Buffer.from(SECRET).toString('hex').match(/../g) ?? []).join(' '),
    'hexadecimal of a program': (Buffer.from(SECRET).toString('hex').match(/../g) ?? [])
      .map((byte) => `0x${byte}`)
      .join(', '),
    gzip: gzipSync(SECRET).toString('base64'),
    zlib: deflateSync(SECRET).toString('base64'),
  }
  for (const [name, text] of Object.entries(encoded)) {
    test(name, () =>
      assert.ok(
        blobs(`see ${text} there`).some((blob) => blob.text?.includes('jane.doe@acme.com')),
        text,
      ),
    )
  }
  const others = [
    'encodeFullSnapshotOfTheWholeDatabase',
    'src/policy/classify/walk/decode-blobs',
    '931d1f401af3b2cf5de6a7d1e8b0c4da',
    '089e547e-7740-4beb-a345-dafe926ae130',
    'sha512-cHe1j7AUYKGfFo7Q8bnA9rSsQiIJrzWWLPDrCwRJ8Gj2hkkjD5nLJYOQRwzYdZtLvR3Abau2NtO8EZrvTmW3TV==',
  ]
  for (const text of others) test(`nothing in ${text.slice(0, 40)}`, () => assert.deepEqual(blobs(text), []))
  test('a lot of bytes that are no text are reported as such', () => {
    const bytes = Buffer.from(Array.from({ length: 600 }, (_, at) => (at * 7919) % 251))
    assert.deepEqual(
      blobs(bytes.toString('base64')).map(({ text }) => text),
      [undefined],
    )
  })
})

describe('compressed data', () => {
  test('raw deflate', () => assert.equal(Buffer.from(inflate(deflateRawSync(SECRET), 1000) ?? []).toString(), SECRET))
  test('more than the limit is refused, not unpacked', () => {
    assert.throws(() => inflate(gzipSync('a'.repeat(1_000_000)), 10_000), UnpackedTooLarge)
  })
  test('what is not compressed is left', () =>
    assert.equal(inflate(Buffer.from('hello, this is text'), 1000), undefined))
})

describe('digits pulled apart', () => {
  const joined = (text: string) => joinSpacedDigits(text)?.text
  test('one by one', () => assert.equal(joined('card 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 ok'), 'card 4111111111111111 ok'))
  test('with dots', () => assert.equal(joined('4.1.1.1.1.1.1.1.1.1'), '4111111111'))
  for (const text of [
    'steps 1 2 3 4 5 6 7 8 9 10',
    '10 9 8 7 6 5 4 3 2 1',
    '12:30 1 2',
    '2024-11-27 10 20',
    'a 1 2 b 3 4',
  ])
    test(`not in ${text}`, () => assert.equal(joined(text), undefined))
})

describe('text in the middle of encoded bytes', () => {
  const base64 = Buffer.from(SECRET).toString('base64')
  const hex = Buffer.from(SECRET).toString('hex')
  const written: Readonly<Record<string, string>> = {
    'behind a prefix': `data_${base64}`,
    'cut anywhere': base64.slice(3),
    'behind other bytes': Buffer.from(`\x00\x01\x02${SECRET}`).toString('base64'),
    'behind half a byte': `a${hex}`,
    'behind 0x': `0x${hex}`,
    'in pieces of one length': base64.replace(/.{16}/g, '$& '),
  }
  for (const [where, text] of Object.entries(written)) {
    test(where, () => assert.ok(blobs(text).some((blob) => blob.text?.includes('jane.doe@acme.com'))))
  }

  test('does not make a lot of unreadable bytes readable', () => {
    const bytes = Buffer.concat([Buffer.alloc(1_000, 0x8f), Buffer.from(SECRET), Buffer.alloc(1_000, 0x8f)])
    for (const encoding of ['hex', 'base64'] as const)
      assert.ok(
        blobs(bytes.toString(encoding)).some(({ text }) => text === undefined),
        encoding,
      )
  })
})
