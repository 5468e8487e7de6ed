// Proves that no bytes on a connection are understood differently by the two HTTP lanes: the fast one never guesses.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from '../make/property.ts'
import { LaneWorld, type Seen } from './lane-world.ts'

const fast = await LaneWorld.start('fast')
const node = await LaneWorld.start('node')
after(() => Promise.all([fast[Symbol.asyncDispose](), node[Symbol.asyncDispose]()]))

/** What handlers saw of a connection that was sent these bytes and then closed, and the statuses in its replies. */
async function understood(world: LaneWorld, pieces: readonly string[]) {
  const before = world.seen.length
  const { socket, heard } = world.open()
  for (const piece of pieces) {
    if (socket.destroyed) break
    await new Promise<void>((resolve) => socket.write(piece, 'latin1', () => resolve()))
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve))
  }
  socket.end()
  await heard.end
  const seen = world.seen.slice(before).map(({ written, ...request }: Seen) => request)
  return { seen, statuses: [...heard.text().matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => status) }
}

async function assertSame(pieces: readonly string[]): Promise<readonly Omit<Seen, 'written'>[]> {
  const [byFast, byNode] = await Promise.all([understood(fast, pieces), understood(node, pieces)])
  assert.deepEqual(byFast.seen, byNode.seen)
  // Behind a good request node:http may refuse what follows before the good one is answered; the fast lane answers first.
  if (byFast.seen.length === 0) assert.deepEqual(byFast.statuses, byNode.statuses)
  return byFast.seen
}

const inner = 'GET /plain HTTP/1.1\r\nHost: inner\r\n\r\n'
const post = (headers: string, body: string) => `POST /echo HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}`
const chunkedInner = `0\r\n\r\n${inner}`
const length = (body: string) => `Content-Length: ${body.length}\r\n`

const hostile: Readonly<Record<string, string>> = {
  'a length and chunks': post(`${length(chunkedInner)}Transfer-Encoding: chunked\r\n`, chunkedInner),
  'chunks and a length': post(`Transfer-Encoding: chunked\r\n${length(chunkedInner)}`, chunkedInner),
  'chunks with a space before the colon': post(`${length(chunkedInner)}Transfer-Encoding : chunked\r\n`, chunkedInner),
  'chunks with a tab before the value': post(`${length(chunkedInner)}Transfer-Encoding:\tchunked\r\n`, chunkedInner),
  'an unknown coding': post(`${length(chunkedInner)}Transfer-Encoding: xchunked\r\n`, chunkedInner),
  'chunks folded into the line before': post(`X: y\r\n Transfer-Encoding: chunked\r\n${length('')}`, chunkedInner),
  'chunks behind a bare line feed': post(`X: y\nTransfer-Encoding: chunked\r\n${length('')}`, chunkedInner),
  'chunks behind a bare carriage return': post(`X: y\rTransfer-Encoding: chunked\r\n${length('')}`, chunkedInner),
  'two lengths that differ': post(`Content-Length: 0\r\n${length(inner)}`, inner),
  'two lengths that agree': post(length(inner) + length(inner), inner),
  'a list of lengths': post('Content-Length: 0, 34\r\n', inner),
  'a signed length': post('Content-Length: +34\r\n', inner),
  'a negative length': post('Content-Length: -1\r\n', inner),
  'a length in hexadecimal': post('Content-Length: 0x22\r\n', inner),
  'a length with an exponent': post('Content-Length: 3e1\r\n', inner),
  'a length with a space inside': post('Content-Length: 3 4\r\n', inner),
  'a length with spaces around': post('Content-Length: \t 4 \t\r\n', 'body'),
  'a length without digits': post('Content-Length:\r\n', inner),
  'a length beyond all numbers': post(`Content-Length: ${'9'.repeat(40)}\r\n`, inner),
  'a length with leading zeros': post('Content-Length: 0000000000000004\r\n', 'body'),
  'a length with an underscore in its name': post('Content_Length: 4\r\n', inner),
  'a length with a NUL in its name': post('Content-\0Length: 4\r\n', inner),
  'a body on a GET': `GET /plain HTTP/1.1\r\nHost: a\r\n${length(inner)}\r\n${inner}`,
  'no length on a POST': post('', inner),
  'two hosts': `POST /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n${length('')}\r\n`,
  'no host': `POST /echo HTTP/1.1\r\n${length('')}\r\n`,
  'an empty host': `POST /echo HTTP/1.1\r\nHost:\r\n${length('')}\r\n`,
  'a space before the first header': `POST /echo HTTP/1.1\r\n Host: a\r\n${length('')}\r\n`,
  'a header without a name': post(`: x\r\n${length('')}`, ''),
  'a header without a colon': post(`x\r\n${length('')}`, ''),
  'a NUL in a value': post(`X: a\0b\r\n${length('')}`, ''),
  'a control character in a value': post(`X: a\x0bb\r\n${length('')}`, ''),
  'bytes above ASCII in a value': post(`X-Correlation-Id: caf\xe9\r\n${length('')}`, ''),
  'bytes above ASCII in a name': post(`X\xe9: y\r\n${length('')}`, ''),
  'HTTP/1.0': `POST /echo HTTP/1.0\r\nHost: a\r\n${length('hi')}\r\nhi`,
  'HTTP/1.0 that wants to stay': `POST /echo HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n${length('hi')}\r\nhi`,
  'HTTP/0.9': 'GET /plain\r\n',
  'HTTP/2.0': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${inner}`,
  'HTTP/1.1 in lower case': `POST /echo http/1.1\r\nHost: a\r\n${length('')}\r\n`,
  'two spaces in the request line': `POST  /echo HTTP/1.1\r\nHost: a\r\n${length('')}\r\n`,
  'a tab in the request line': `POST\t/echo HTTP/1.1\r\nHost: a\r\n${length('')}\r\n`,
  'a space behind the request line': `POST /echo HTTP/1.1 \r\nHost: a\r\n${length('')}\r\n`,
  'a bare line feed behind the request line': `POST /echo HTTP/1.1\nHost: a\r\n${length('')}\r\n`,
  'bare line feeds everywhere': 'POST /echo HTTP/1.1\nHost: a\nContent-Length: 0\n\n',
  'an absolute target': `POST http://a/echo HTTP/1.1\r\nHost: a\r\n${length('hi')}\r\nhi`,
  'a query': `POST /echo?x=1 HTTP/1.1\r\nHost: a\r\n${length('hi')}\r\nhi`,
  'an empty line first': `\r\n${post(length('hi'), 'hi')}`,
  'an upgrade': `GET /plain HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${inner}`,
  'a list in Connection': post(`Connection: keep-alive, close\r\n${length('hi')}`, 'hi'),
  'Connection twice': post(`Connection: keep-alive\r\nConnection: close\r\n${length('hi')}`, 'hi'),
  'Connection: close with more behind it': post(`Connection: close\r\n${length('hi')}`, `hi${inner}`),
  'Connection: CLOSE': post(`Connection: CLOSE\r\n${length('hi')}`, `hi${inner}`),
  'Connection names a header': post(`Connection: content-length\r\n${length('hi')}`, `hi${inner}`),
  'Expect and no waiting': post(`Expect: 100-continue\r\n${length('hi')}`, `hi${inner}`),
  'an unknown expectation': post(`Expect: tea\r\n${length('hi')}`, `hi${inner}`),
  'a trailer': post('Transfer-Encoding: chunked\r\nTrailer: x\r\n', `2\r\nhi\r\n0\r\nx: y\r\n\r\n${inner}`),
  'a chunk extension': post('Transfer-Encoding: chunked\r\n', `2;a=b\r\nhi\r\n0\r\n\r\n${inner}`),
  'a chunk size too large': post('Transfer-Encoding: chunked\r\n', `fffffffffffffffff\r\nhi\r\n0\r\n\r\n${inner}`),
  'a head that is too large': post(`X: ${'x'.repeat(20_000)}\r\n${length('hi')}`, `hi${inner}`),
  'a hundred headers': post(
    `${Array.from({ length: 100 }, (_, index) => `X-${index}: y\r\n`).join('')}${length('hi')}`,
    'hi',
  ),
  'a header twice': post(`X-Correlation-Id: one\r\nx-correlation-id: two\r\n${length('hi')}`, 'hi'),
  'two requests in one': post(length('hi'), `hi${inner}`),
  'half a request behind a whole one': post(length('hi'), `hi${inner.slice(0, 20)}`),
  'chunks behind a plain request': post(
    length('hi'),
    `hi${post('Transfer-Encoding: chunked\r\n', `2\r\nyo\r\n${chunkedInner}`)}`,
  ),
  'no HTTP at all': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
}

for (const [name, bytes] of Object.entries(hostile)) {
  test(`${name}: the same requests are seen in both lanes`, async () => {
    const whole = await assertSame([bytes])
    // Where the bytes are cut must not matter either. Request by request, each in a piece of its own.
    const cuts = [...bytes.matchAll(/\r\n/g)].map(({ index }) => index + 1)
    if (cuts.length > 30) return
    const pieces = [0, ...cuts].map((start, index) => bytes.slice(start, cuts[index] ?? bytes.length))
    assert.deepEqual(await assertSame(pieces), whole)
  })
}

test('a request inside the body of another is never seen, whatever its head looks like', async () => {
  const framings = [
    'a length and chunks',
    'two lengths that differ',
    'chunks with a space before the colon',
    'a list of lengths',
  ]
  for (const name of framings) {
    const seen = await assertSame([hostile[name] ?? ''])
    assert.ok(!seen.some(({ host }) => host === 'inner'), name)
  }
})

/** Bytes that mean something to a parser of HTTP, and whole lines that change the framing. */
const meaningful = fc.oneof(
  fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    ':',
    '\0',
    ',',
    ';',
    '0',
    '9',
    '-',
    '\x7f',
    '\x80',
    '\xff',
    'a',
    '\r\n\r\n',
  ),
  fc.constantFrom(
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 3\r\n',
    'Content-Length: 30\r\n',
    'Connection: close\r\n',
    'Host: b\r\n',
    'X-Correlation-Id: c\r\n',
    'Expect: 100-continue\r\n',
    inner,
  ),
)
const wound = fc.record({ place: fc.nat(), removed: fc.nat(3), added: fc.option(meaningful) })
const wounded = fc
  .tuple(
    fc.array(fc.constantFrom('', 'hi', 'a body', inner), { minLength: 1, maxLength: 3 }),
    fc.array(wound, { maxLength: 4 }),
  )
  .map(([bodies, wounds]) => {
    const requests = bodies.map((body) =>
      post(`X-Correlation-Id: ${body.length}\r\nAccept: */*\r\n${length(body)}`, body),
    )
    return wounds.reduce((bytes, { place, removed, added }) => {
      const at = place % bytes.length
      return bytes.slice(0, at) + (added ?? '') + bytes.slice(at + removed)
    }, requests.join(''))
  })

test('requests with any wounds are understood alike by both lanes', async () => {
  let answered = 0
  await fc.assert(
    fc.asyncProperty(wounded, fc.option(fc.nat(), { freq: 2 }), async (bytes, cut) => {
      const at = cut === null ? bytes.length : cut % bytes.length
      const seen = await assertSame([bytes.slice(0, at), bytes.slice(at)].filter((piece) => piece !== ''))
      if (seen.some(({ body }) => body !== undefined)) answered += 1
    }),
    { numRuns: 1500 },
  )
  assert.ok(answered > 200, `${answered} were understood`)
})
