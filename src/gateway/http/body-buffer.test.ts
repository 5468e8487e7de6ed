// Proves that a body is put together byte for byte, and that a stated length alone takes no memory.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { BodyBuffer } from './body-buffer.ts'

test('pieces of any size make the body that was sent', () => {
  for (const length of [0, 1, 1000, 256 * 1024, 256 * 1024 + 1, 3_000_000]) {
    const sent = randomBytes(length)
    for (const pieceBytes of [1_000_003, 65_536, 9973]) {
      const body = new BodyBuffer(length)
      for (let at = 0; at < length; at += pieceBytes) body.add(sent.subarray(at, at + pieceBytes))
      assert.equal(body.missing, 0)
      assert.ok(body.take().equals(sent), `${length} bytes in pieces of ${pieceBytes}`)
    }
  }
})

test('a body that comes in one piece is that piece, not a copy', () => {
  const sent = Buffer.from('whole')
  const body = new BodyBuffer(sent.length)
  body.add(sent)
  assert.equal(body.take(), sent)
})

test('a large stated length sets little aside until its bytes come', () => {
  const before = process.memoryUsage().arrayBuffers
  const claims = Array.from({ length: 200 }, () => new BodyBuffer(50_000_000))
  for (const claim of claims) claim.add(Buffer.from('x'))
  assert.ok(process.memoryUsage().arrayBuffers - before < 200 * 300_000)
  assert.ok(claims.every(({ missing }) => missing === 49_999_999))
})

test('bytes that nobody wants are counted and not kept', () => {
  const body = new BodyBuffer(10)
  body.add(Buffer.from('wanted'))
  body.skip(4)
  assert.equal(body.missing, 0)
  assert.equal(body.take().length, 0)
})
