// Proves, against real servers on loopback, that a request can be left at every stage, that nothing of a reply is
// lost or told twice, and that every connection comes back. Long, because
// one listener tells what no reply may do, and all stages of leaving are held against it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fundedAttempt } from '../../../test/make/attempt.ts'
import { startRawServer, startServer } from '../../../test/make/http-server.ts'
import { lookUpBy } from '../../../test/make/name-lookup.ts'
import { localProvider } from '../../../test/make/provider.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { Cancellation, type CancelReason, type CancelSignal } from '../../domain/cancellation.ts'
import type { ProviderFailure } from '../../domain/provider-failure.ts'
import { refusingPort } from '../../testing/index.ts'
import type { BodyReceiver, UpstreamReply } from './exchange.ts'
import type { Upstream } from './upstream.ts'

const body = Buffer.from('{"model":"gpt-4o"}')
const send = (upstream: Upstream, signal: CancelSignal = new Cancellation()) =>
  upstream.post(fundedAttempt(), '/chat/completions', body, signal)

/** Keeps what a reply says, and what it should not have said. */
class Listener implements BodyReceiver {
  chunks: Buffer[] = []
  bytes = 0
  readonly ends: (ProviderFailure | undefined)[] = []
  /** Data after the end. */
  late = 0
  /** What to answer to each chunk, and what to do then. */
  onData: (chunk: Buffer) => boolean = () => true
  readonly #ended = Promise.withResolvers<ProviderFailure | undefined>()

  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }

  get ended(): Promise<ProviderFailure | undefined> {
    return this.#ended.promise
  }

  data(chunk: Buffer): boolean {
    if (this.ends.length > 0) this.late += 1
    this.chunks.push(chunk)
    this.bytes += chunk.length
    return this.onData(chunk)
  }

  end(failure: ProviderFailure | undefined): void {
    this.ends.push(failure)
    this.#ended.resolve(failure)
  }
}

/** A reply that begins and does not end. */
function hanging(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: first\n\n')
}

describe('a request', () => {
  test('arrives as it was given: path, headers, body', async () => {
    const seen = Promise.withResolvers<{ method: string; path: string; headers: NodeJS.Dict<unknown>; body: string }>()
    await using server = await startServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { method = '', url: path = '', headers } = request
      seen.resolve({ method, path, headers, body: Buffer.concat(chunks).toString() })
      response.end('{}')
    })
    const headers = { authorization: 'Bearer sk-test', 'x-own': '1' }
    await using connection = connectTo(`${server.url}/v1`, { headers })
    const reply = await send(connection.upstream)
    assert.equal((await reply.collect(100)).toString(), '{}')
    const { method, path, headers: sent, body: sentBody } = await seen.promise
    assert.deepEqual([method, path, sentBody], ['POST', '/v1/chat/completions', body.toString()])
    assert.partialDeepStrictEqual(sent, {
      ...headers,
      'content-type': 'application/json',
      'content-length': String(body.length),
      'accept-encoding': 'identity',
    })
  })

  test('without a body has no content type', async () => {
    const seen = Promise.withResolvers<NodeJS.Dict<unknown>>()
    await using server = await startServer((request, response) => {
      seen.resolve(request.headers)
      response.end('{}')
    })
    await using connection = connectTo(server.url)
    await connection.upstream.ask('GET', '/models', undefined, new Cancellation())
    assert.equal((await seen.promise)['content-type'], undefined)
  })

  test('is not sent on to where a redirect points', async () => {
    await using elsewhere = await startServer((_, response) => response.end('{}'))
    await using server = await startServer((_, response) => response.writeHead(307, { location: elsewhere.url }).end())
    await using connection = connectTo(server.url)
    const reply = await send(connection.upstream)
    assert.equal(reply.status, 307)
    await reply.collect(100)
    assert.equal(elsewhere.accepted, 0)
  })

  test('whose reply is announced early waits for the reply itself', async () => {
    await using server = await startServer((_, response) => {
      response.writeEarlyHints({ link: '</x>; rel=preload' })
      response.writeProcessing()
      response.end('{"a":1}')
    })
    await using connection = connectTo(server.url)
    const reply = await send(connection.upstream)
    assert.equal(reply.status, 200)
    assert.equal((await reply.collect(100)).toString(), '{"a":1}')
  })
})

describe('a request that cannot be answered', () => {
  test('because nobody listens was not sent', async () => {
    await using refusing = await refusingPort()
    await using connection = connectTo(refusing.url)
    await assert.rejects(send(connection.upstream), { kind: 'unreachable', dispatched: false, provider: 'openai' })
  })

  test('because its connection is closed first was sent', async () => {
    await using server = await startRawServer((socket) => socket.on('data', () => socket.destroy()))
    await using connection = connectTo(server.url)
    await assert.rejects(send(connection.upstream), { kind: 'unreachable', dispatched: true })
  })

  test('because the reply is not HTTP is malformed', async () => {
    await using server = await startRawServer((socket) => socket.on('data', () => socket.end('SMTP ready\r\n\r\n')))
    await using connection = connectTo(server.url)
    await assert.rejects(send(connection.upstream), { kind: 'malformed', dispatched: true })
  })

  test('because no headers come in time has timed out', async () => {
    await using server = await startServer(() => {})
    await using connection = connectTo(server.url, { timeouts: { connectMs: 5000, firstByteMs: 50, idleMs: 30_000 } })
    await assert.rejects(send(connection.upstream), { kind: 'timeout', dispatched: true })
  })

  test('because the body stalls has timed out', async () => {
    await using server = await startServer(hanging)
    await using connection = connectTo(server.url, { timeouts: { connectMs: 5000, firstByteMs: 30_000, idleMs: 50 } })
    const listener = new Listener()
    const reply = await send(connection.upstream)
    reply.receive(listener)
    assert.equal((await listener.ended)?.kind, 'timeout')
    assert.equal(listener.text, 'data: first\n\n')
  })

  for (const [how, cut] of [
    ['its length says otherwise', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['its last chunk is missing', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ] as const) {
    test(`because the reply stops where ${how} is truncated, and what came is not lost`, async () => {
      await using server = await startRawServer((socket) => socket.on('data', () => socket.end(cut)))
      await using connection = connectTo(server.url)
      const listener = new Listener()
      const reply = await send(connection.upstream)
      reply.receive(listener)
      assert.equal((await listener.ended)?.kind, 'truncated')
      assert.equal(listener.text, 'half')
      const again = await send(connection.upstream)
      await assert.rejects(again.collect(1000), { kind: 'truncated', dispatched: true })
    })
  }
})

describe('a client that leaves', () => {
  test('before anything is sent: nothing is', async () => {
    await using server = await startServer((_, response) => response.end('{}'))
    await using connection = connectTo(server.url)
    const left = new Cancellation()
    left.cancel('client_closed')
    await assert.rejects(send(connection.upstream, left), { kind: 'cancelled', dispatched: false })
    assert.equal((await send(connection.upstream)).status, 200)
  })

  test('while the connection is being made: the request is given up at once', async (t) => {
    lookUpBy(t, { 'slow.test': 'never' })
    await using connection = connectTo('http://slow.test:11434', { ref: localProvider() })
    const leaving = new Cancellation()
    const sent = connection.upstream.ask('GET', '/', undefined, leaving)
    await sleep(20)
    leaving.cancel('client_closed')
    await assert.rejects(sent, { kind: 'cancelled', dispatched: false })
  })

  test('while it waits for a free connection: its request is never sent', async () => {
    const paths: string[] = []
    const first = Promise.withResolvers<ServerResponse>()
    await using server = await startServer((request, response) => {
      paths.push(request.url ?? '')
      if (request.url === '/first') first.resolve(response)
      else response.end('{}')
    })
    await using connection = connectTo(server.url, { maxConnections: 1 })
    const ask = (path: string, signal = new Cancellation()) => connection.upstream.ask('GET', path, undefined, signal)
    const busy = ask('/first')
    const response = await first.promise
    const leaving = new Cancellation()
    const queued = ask('/queued', leaving)
    const behind = ask('/behind')
    leaving.cancel('client_closed')
    await assert.rejects(queued, { kind: 'cancelled', dispatched: false })
    response.end('{}')
    await (await busy).collect(100)
    await (await behind).collect(100)
    assert.deepEqual(paths, ['/first', '/behind'])
  })

  test('before the headers: the upstream sees its connection close', async () => {
    const arrived = Promise.withResolvers<void>()
    await using server = await startServer(() => arrived.resolve())
    await using connection = connectTo(server.url)
    const leaving = new Cancellation()
    const sent = send(connection.upstream, leaving)
    await arrived.promise
    leaving.cancel('client_closed')
    await assert.rejects(sent, { kind: 'cancelled', dispatched: true, fallback: false })
    await server.allClosed()
  })

  test('within the body: the receiver is told once, and the upstream sees its connection close', async () => {
    await using server = await startServer(hanging)
    await using connection = connectTo(server.url)
    const leaving = new Cancellation()
    const reply = await send(connection.upstream, leaving)
    const listener = new Listener()
    reply.receive(listener)
    leaving.cancel('client_closed')
    leaving.cancel('client_closed')
    reply.abort()
    await server.allClosed()
    await sleep(20)
    assert.deepEqual(
      listener.ends.map((failure) => failure?.kind),
      ['cancelled'],
    )
    assert.equal(listener.late, 0)
  })

  test('between headers and body: whoever asks for the body then is told', async () => {
    await using server = await startServer(hanging)
    await using connection = connectTo(server.url)
    const leaving = new Cancellation()
    const reply = await send(connection.upstream, leaving)
    leaving.cancel('client_closed')
    const listener = new Listener()
    reply.receive(listener)
    assert.deepEqual(
      listener.ends.map((failure) => failure?.kind),
      ['cancelled'],
    )
    await server.allClosed()
  })

  test('and a deadline that passes are told apart', async () => {
    await using server = await startServer(hanging)
    await using connection = connectTo(server.url)
    const kindFor = async (reason: CancelReason) => {
      const signal = new Cancellation()
      const reply = await send(connection.upstream, signal)
      const collected = reply.collect(1000)
      signal.cancel(reason)
      return collected.then(
        () => 'answered',
        (failure: ProviderFailure) => failure.kind,
      )
    }
    assert.equal(await kindFor('client_closed'), 'cancelled')
    assert.equal(await kindFor('shutdown'), 'cancelled')
    assert.equal(await kindFor('deadline'), 'timeout')
  })

  test('after the end changes nothing, and nobody listens for it any more', async () => {
    await using server = await startServer((_, response) => response.end('{}'))
    await using connection = connectTo(server.url)
    let listeners = 0
    const signal: CancelSignal = {
      cancelled: undefined,
      onCancel() {
        listeners += 1
        return () => {
          listeners -= 1
        }
      },
    }
    const reply = await send(connection.upstream, signal)
    assert.equal((await reply.collect(100)).toString(), '{}')
    assert.equal(listeners, 0)
    reply.abort()
    assert.equal((await send(connection.upstream)).status, 200)
  })

  test('frees its place in the pool: two leave a pool of two, and the third is answered', async () => {
    let requests = 0
    await using server = await startServer((request, response) => {
      requests += 1
      if (requests <= 2) hanging(request, response)
      else response.end('{}')
    })
    await using connection = connectTo(server.url, { maxConnections: 2 })
    const leaving = new Cancellation()
    const replies = await Promise.all([send(connection.upstream, leaving), send(connection.upstream, leaving)])
    for (const reply of replies) reply.receive(new Listener())
    leaving.cancel('client_closed')
    assert.equal((await send(connection.upstream)).status, 200)
  })
})

describe('the body of a reply', () => {
  test('that came before anybody asked for it is not lost, in any place', async () => {
    await using server = await startServer(async (_, response) => {
      response.write('one ')
      await sleep(5)
      response.write('two ')
      await sleep(5)
      response.write('three ')
      await sleep(60)
      response.end('four')
    })
    await using connection = connectTo(server.url)
    for (const waitMs of [0, 1, 8, 30, 120]) {
      const reply = await send(connection.upstream)
      await sleep(waitMs)
      const listener = new Listener()
      reply.receive(listener)
      assert.equal(await listener.ended, undefined)
      assert.equal(listener.text, 'one two three four', `after ${waitMs} ms`)
      assert.deepEqual([listener.ends.length, listener.late], [1, 0])
    }
  })

  test('comes as the very buffers of the socket, not as copies put together', async () => {
    await using server = await startServer(async (_, response) => {
      response.write('a')
      await sleep(20)
      response.end('b')
    })
    await using connection = connectTo(server.url)
    const reply = await send(connection.upstream)
    const listener = new Listener()
    reply.receive(listener)
    await listener.ended
    assert.deepEqual(listener.chunks.map(String), ['a', 'b'])
  })

  test('waits while its receiver asks for a pause, and all of it comes when that is over', async () => {
    const total = 48 * 1024 * 1024
    const block = Buffer.alloc(256 * 1024, 'x')
    let written = 0
    await using server = await startServer(async (_, response) => {
      response.writeHead(200, { 'content-length': total })
      while (written < total) {
        written += block.length
        if (!response.write(block)) await once(response, 'drain')
      }
      response.end()
    })
    await using connection = connectTo(server.url)
    const reply = await send(connection.upstream)
    const listener = new Listener()
    listener.onData = () => listener.bytes > 1024 * 1024 && written === total
    reply.receive(listener)
    // Until the server is stuck: nothing more is written for a while.
    let before = -1
    while (before !== written) {
      before = written
      await sleep(100)
    }
    assert.ok(written < total, 'the server could write all of it to a receiver that had asked for a pause')
    assert.equal(listener.ends.length, 0)
    listener.onData = () => true
    reply.resume()
    assert.equal(await listener.ended, undefined)
    assert.equal(listener.bytes, total)
  })

  const tooLong = (early: boolean) => async (reply: UpstreamReply) => {
    if (early) await sleep(50)
    await assert.rejects(reply.collect(10), { kind: 'malformed', dispatched: true, message: /over 10 bytes/ })
  }

  test('of more bytes than are allowed is malformed, whether it ends or not', async () => {
    await using endless = await startServer((_, response) => {
      response.writeHead(200)
      response.write('x'.repeat(100))
    })
    await using whole = await startServer((_, response) => response.end('x'.repeat(11)))
    for (const server of [endless, whole]) {
      await using connection = connectTo(server.url, { maxConnections: 1 })
      await send(connection.upstream).then(tooLong(false))
      await send(connection.upstream).then(tooLong(true))
      const exactly = await send(connection.upstream)
      if (server === whole) assert.equal((await exactly.collect(11)).length, 11)
    }
    await endless.allClosed()
  })

  test('that is given up while its early pieces are handed over says nothing more and ends once', async () => {
    await using server = await startServer(async (_, response) => {
      response.write('one')
      await sleep(5)
      response.write('two')
    })
    await using connection = connectTo(server.url)
    const reply = await send(connection.upstream)
    await sleep(40)
    const listener = new Listener()
    listener.onData = () => {
      reply.abort()
      return true
    }
    reply.receive(listener)
    await server.allClosed()
    assert.equal(listener.text, 'one')
    assert.deepEqual(
      listener.ends.map((failure) => failure?.kind),
      ['cancelled'],
    )
    assert.equal(listener.late, 0)
  })

  test('that ended before anybody asked ends once, also for a receiver that gives it up', async () => {
    await using server = await startServer((_, response) => response.end('one'))
    await using connection = connectTo(server.url)
    const reply = await send(connection.upstream)
    await sleep(40)
    const listener = new Listener()
    listener.onData = () => {
      reply.abort()
      return true
    }
    reply.receive(listener)
    assert.deepEqual([listener.text, listener.ends.length, listener.late], ['one', 1, 0])
  })
})
