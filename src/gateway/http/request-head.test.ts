// Proves that the fast lane's parser takes plain requests whole and leaves everything else alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RequestLines, readRequestHead } from './request-head.ts'

const lines: RequestLines = new Map([
  ['POST /v1/chat/completions HTTP/1.1', { method: 'POST', path: '/v1/chat/completions' }],
  ['GET /health HTTP/1.1', { method: 'GET', path: '/health' }],
])

const plain = [
  'POST /v1/chat/completions HTTP/1.1',
  'Host: localhost:8080',
  'Authorization:Bearer abc',
  'X-Empty:',
  'x-spaced: \t two  words \t',
  'Content-Length: 12',
]
const read = (head: readonly string[], from = 0) =>
  readRequestHead(Buffer.from(`${'.'.repeat(from)}${head.join('\r\n')}\r\n\r\nbody`, 'latin1'), from, lines)
const changed = (index: number, line: string) => plain.map((one, place) => (place === index ? line : one))

test('a plain head is read to its last byte, wherever it begins', () => {
  for (const from of [0, 7]) {
    assert.deepEqual(read(plain, from), {
      method: 'POST',
      target: '/v1/chat/completions',
      rawHeaders: [
        ...['host', 'localhost:8080', 'authorization', 'Bearer abc', 'x-empty', ''],
        ...['x-spaced', 'two  words', 'content-length', '12'],
      ],
      contentLength: 12,
      close: false,
      bodyStart: from + plain.join('\r\n').length + 4,
    })
  }
})

test('Connection is understood as close or keep-alive and in no other form', () => {
  const withConnection = (value: string) => read([...plain, `Connection: ${value}`])
  assert.equal(withConnection('close')?.close, true)
  assert.equal(withConnection('Close')?.close, true)
  assert.equal(withConnection('keep-alive')?.close, false)
  assert.equal(withConnection('Keep-Alive')?.close, false)
  for (const value of ['', 'upgrade', 'close, te', 'keep-alive, close', 'x-spaced', 'closed']) {
    assert.equal(withConnection(value), undefined, value)
  }
})

test('a head that is not all there is left to another parser', () => {
  const whole = `${plain.join('\r\n')}\r\n\r\n`
  for (let length = 0; length < whole.length; length += 1) {
    assert.equal(readRequestHead(Buffer.from(whole.slice(0, length)), 0, lines), undefined, `${length} bytes`)
  }
  assert.ok(readRequestHead(Buffer.from(whole), 0, lines))
})

test('a request line counts to the letter', () => {
  for (const line of [
    'POST /v1/chat/completions HTTP/1.0',
    'POST /v1/chat/completions HTTP/1.1 ',
    ' POST /v1/chat/completions HTTP/1.1',
    'post /v1/chat/completions HTTP/1.1',
    'POST /v1/chat/completions?x HTTP/1.1',
    'POST /v1/chat/completions/ HTTP/1.1',
    'POST http://localhost/v1/chat/completions HTTP/1.1',
    'GET /v1/chat/completions HTTP/1.1',
    'PUT /v1/chat/completions HTTP/1.1',
    'HEAD /health HTTP/1.1',
    'GET /nowhere HTTP/1.1',
    'POST /v1/chat/completions HTTP/1.1\nX: y',
  ]) {
    assert.equal(read(changed(0, line)), undefined, line)
  }
})

test('any line that is not plain leaves the whole request to another parser', () => {
  for (const line of [
    ...['Host : a', ' Host: a', 'Host', ': a', 'Ho st: a', 'Host\t: a', 'H\xf6st: a', 'Host: a\0', 'Host: a\x7f'],
    ...['Host: a\nX: y', 'Host: a\rX: y', 'Host: a\r\n\tfold', 'Host: a\r\n fold', 'Host:', 'Host: a\r\nhost: b'],
  ]) {
    assert.equal(read(changed(1, line)), undefined, JSON.stringify(line))
  }
  for (const header of [
    ...[
      'Transfer-Encoding: chunked',
      'transfer-encoding: identity',
      'TE: trailers',
      'Trailer: x',
      'Expect: 100-continue',
    ],
    ...['Upgrade: h2c', 'HTTP2-Settings: x', 'Proxy-Connection: close', 'Keep-Alive: timeout=5'],
    ...['x-empty: again', 'X-SPACED: again', 'Content-Length: 12'],
  ]) {
    assert.equal(read([...plain, header]), undefined, header)
  }
})

test('a length is digits and nothing else', () => {
  assert.equal(read(changed(5, 'Content-Length: 0'))?.contentLength, 0)
  assert.equal(read(changed(5, 'Content-Length: 007'))?.contentLength, 7)
  for (const value of ['', '-1', '+1', '1.0', '1e3', '0x1', '1,1', '1 1', '1;', '\u00b2', '1'.repeat(13)]) {
    assert.equal(read(changed(5, `Content-Length: ${value}`)), undefined, value)
  }
  assert.equal(read(plain.slice(0, 5)), undefined, 'a POST without a length')
  assert.equal(read(['GET /health HTTP/1.1', 'Host: a'])?.contentLength, 0)
  assert.equal(read(['GET /health HTTP/1.1', 'Host: a', 'Content-Length: 0']), undefined, 'a GET with a length')
})

test('a head that is too large, in bytes or in lines, is left to another parser', () => {
  assert.ok(read([...plain, `X-Long: ${'x'.repeat(10_000)}`]))
  assert.equal(read([...plain, `X-Long: ${'x'.repeat(17_000)}`]), undefined)
  const many = (count: number) => [...plain, ...Array.from({ length: count }, (_, index) => `X-${index}: y`)]
  assert.ok(read(many(50)))
  assert.equal(read(many(60)), undefined)
})
