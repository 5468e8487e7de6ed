// The contract of the two HTTP lanes, over real sockets: what a client and a handler can tell is the same in both.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { heads, LaneWorld, lanes, MAX_BODY_BYTES, posting } from './lane-world.ts'

const closing = 'Connection: close'

for (const lane of lanes) {
  test(`${lane} lane: a request that is split at any byte is one request`, async () => {
    await using world = await LaneWorld.start(lane)
    const whole = posting('/echo', '{"a":"b"}')
    for (let cut = 1; cut < whole.length; cut += 1) {
      const { socket, heard } = world.open()
      socket.setNoDelay(true)
      await once(socket, 'connect')
      socket.write(whole.slice(0, cut))
      await new Promise((resolve) => setImmediate(resolve))
      socket.write(whole.slice(cut))
      await heard.until(/\r\n\r\n\{"a":"b"\}$/)
      socket.destroy()
    }
    assert.equal(world.seen.length, whole.length - 1)
    assert.ok(world.seen.every(({ line, body }) => line === 'POST /echo' && body === '{"a":"b"}'))
  })

  test(`${lane} lane: pipelined requests are answered in their order, in however many pieces they come`, async () => {
    await using world = await LaneWorld.start(lane)
    const bodies = Array.from({ length: 40 }, (_, index) => `body-${index}-${'x'.repeat(index * 37)};`)
    const wire = bodies.map((body, index) => posting('/echo', body, ...(index === 39 ? [closing] : []))).join('')
    for (const pieceBytes of [wire.length, 1000, 61]) {
      const { socket, heard } = world.open()
      socket.setNoDelay(true)
      for (let at = 0; at < wire.length; at += pieceBytes) socket.write(wire.slice(at, at + pieceBytes))
      await heard.end
      assert.deepEqual(heard.text().match(/body-\d+-x*;/g), bodies)
    }
  })

  test(`${lane} lane: a thousand requests in one piece are answered`, async () => {
    await using world = await LaneWorld.start(lane)
    const get = 'GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const { socket, heard } = world.open()
    socket.write(get.repeat(1000) + posting('/echo', 'last;', closing))
    await heard.end
    assert.equal(heads(heard.text()).length, 1001)
    assert.ok(heard.text().endsWith('last;'))
  })

  test(`${lane} lane: a connection ends after its reply when the client or the handler says so, and else it does not`, async () => {
    await using world = await LaneWorld.start(lane)
    const asked = world.open()
    asked.socket.write(posting('/echo', 'one', closing) + posting('/echo', 'two'))
    await asked.heard.end
    assert.equal(heads(asked.heard.text()).length, 1)
    assert.equal(heads(asked.heard.text())[0]?.headers.connection, 'close')
    const told = world.open()
    told.socket.write(posting('/held', ''))
    await world.until(() => world.held.length === 1)
    const reply = world.held[0]?.reply
    assert.ok(reply)
    reply.lastOfConnection = true
    reply.send(200, [], Buffer.from('bye'))
    await told.heard.end
    assert.match(told.heard.text(), /connection: close\r\n.*bye$/is)
    const kept = world.open()
    for (const word of ['first', 'second']) {
      kept.socket.write(posting('/echo', word, 'Connection: keep-alive'))
      await kept.heard.until(new RegExp(`${word}$`))
    }
    assert.equal(heads(kept.heard.text())[1]?.headers['keep-alive'], 'timeout=65')
    kept.socket.destroy()
  })

  test(`${lane} lane: a body that nobody reads does not become the next request`, async () => {
    await using world = await LaneWorld.start(lane)
    const smuggled = 'GET /plain HTTP/1.1\r\nHost: inner\r\n\r\n'.repeat(2000)
    const { socket, heard } = world.open()
    socket.write(posting('/early', smuggled) + posting('/echo', 'after', closing))
    await heard.end
    assert.deepEqual(
      world.seen.map(({ line }) => line),
      ['POST /early', 'POST /echo'],
    )
    assert.ok(heard.text().endsWith('after'))
  })

  test(`${lane} lane: a body over the cap is refused, whether its length was stated or not`, async () => {
    await using world = await LaneWorld.start(lane)
    const long = 'x'.repeat(MAX_BODY_BYTES + 1)
    const fits = `${'y'.repeat(MAX_BODY_BYTES - 1)}!`
    const chunked = `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`
    for (const [wire, pattern] of [
      [posting('/echo', long), /body_too_large$/],
      [chunked, /body_too_large$/],
      [posting('/echo', fits), /y!$/],
      [chunked.replace(long, fits).replace(long.length.toString(16), fits.length.toString(16)), /y!$/],
    ] as const) {
      const { socket, heard } = world.open()
      socket.write(wire)
      await heard.until(pattern)
      const head = heads(heard.text())[0]
      assert.equal(head?.status, pattern.source.startsWith('y') ? 200 : 413)
      assert.equal(heard.text().length - heard.text().indexOf('\r\n\r\n') - 4, Number(head?.headers['content-length']))
      socket.destroy()
    }
  })

  test(`${lane} lane: a reply and a stream arrive whole, however large`, async () => {
    await using world = await LaneWorld.start(lane)
    const large = Buffer.concat([Buffer.alloc(2_999_999, 'z'), Buffer.from('!')])
    const { socket, heard } = world.open()
    socket.write(posting('/held', ''))
    await world.until(() => world.held.length === 1)
    world.held[0]?.reply.send(200, [], large)
    await heard.until(/z!$/)
    assert.equal(heard.text().length - heard.text().indexOf('\r\n\r\n') - 4, large.length)
    socket.write(posting('/held', ''))
    await world.until(() => world.held.length === 2)
    const reply = world.held[1]?.reply
    reply?.start(200, ['content-type', 'text/event-stream'])
    reply?.write(Buffer.from('data: 1\n\n'))
    reply?.write(Buffer.alloc(0))
    reply?.write(large)
    reply?.end(Buffer.from('data: end\n\n'))
    await heard.until(/\r\n0\r\n\r\n$/)
    const stream = heard.text().slice(heard.text().lastIndexOf('HTTP/1.1 200'))
    assert.match(stream.slice(0, 300), /\r\ntransfer-encoding: chunked\r\n/i)
    assert.match(stream.slice(0, 300), /\r\n\r\n9\r\ndata: 1\n\n\r\n2dc6c0\r\nz/)
    assert.ok(stream.endsWith('z!\r\nb\r\ndata: end\n\n\r\n0\r\n\r\n'))
    assert.equal(stream.length - stream.indexOf('2dc6c0') - 8, large.length + 2 + 16 + 5)
    socket.destroy()
  })

  test(`${lane} lane: a client that does not read pauses a stream, and one that reads again resumes it`, async () => {
    await using world = await LaneWorld.start(lane)
    const { socket, heard } = world.open()
    socket.pause()
    socket.write(posting('/held', ''))
    await world.until(() => world.held.length === 1)
    const reply = world.held[0]?.reply
    assert.ok(reply)
    reply.start(200, [])
    const piece = Buffer.concat([Buffer.alloc(49_999, 'p'), Buffer.from('.')])
    let pieces = 0
    do pieces += 1
    while (reply.write(piece) || pieces < 200)
    assert.equal(reply.needsDrain, true)
    const drained = new Promise<void>((resolve) => reply.onDrain(resolve))
    socket.resume()
    await drained
    reply.end(Buffer.from('!'))
    await heard.until(/!\r\n0\r\n\r\n$/)
    assert.equal(heard.text().match(/p\./g)?.length, pieces)
    socket.destroy()
  })

  for (const end of ['whole', 'streamed', 'broken'] as const) {
    test(`${lane} lane: a client that takes nothing of a reply that is written does not hold its connection, ${end}`, async () => {
      await using world = await LaneWorld.start(lane, 100)
      const { socket, heard } = world.open()
      socket.pause()
      socket.write(posting('/held', ''))
      await world.until(() => world.held.length === 1)
      const reply = world.held[0]?.reply
      const bytes = Buffer.alloc(32_000_000, 'u')
      if (end === 'whole') reply?.send(200, [], bytes)
      else {
        reply?.start(200, [])
        reply?.write(bytes)
        if (end === 'streamed') reply?.end(Buffer.from('!'))
        else reply?.endAndClose(Buffer.from('!'))
      }
      while (!reply?.closed) await new Promise<void>((resolve) => setTimeout(resolve, 5))
      socket.resume()
      await heard.end
      assert.ok(heard.text().length < bytes.length)
      assert.ok(!heard.text().endsWith('!\r\n0\r\n\r\n'))
    })
  }

  for (const way of ['closes', 'resets', 'closes its half'] as const) {
    test(`${lane} lane: a client that ${way} is noticed while it sends, while it waits and while it is answered`, async () => {
      await using world = await LaneWorld.start(lane)
      const leave = (socket: ReturnType<LaneWorld['open']>['socket']) => {
        if (way === 'closes') socket.destroy()
        else if (way === 'resets') socket.resetAndDestroy()
        else socket.end()
      }
      const sending = world.open()
      sending.socket.write(posting('/echo', 'whole').slice(0, -1))
      await world.until(() => world.seen.length === 1)
      leave(sending.socket)
      await world.until(() => world.seen[0]?.written === false && world.seen[0].body === 'client_closed')
      const waiting = world.open()
      waiting.socket.write(posting('/held', 'x'))
      await world.until(() => world.held.length === 1)
      leave(waiting.socket)
      await world.until(() => world.seen[1]?.written === false)
      const answered = world.open()
      answered.socket.write(posting('/held', 'x'))
      await world.until(() => world.held.length === 2)
      world.held[1]?.reply.start(200, [])
      world.held[1]?.reply.write(Buffer.from('begun'))
      await answered.heard.until(/begun/)
      leave(answered.socket)
      await world.until(() => world.seen[2]?.written === false)
      for (const { reply } of world.held) {
        reply.write(Buffer.from('nobody'))
        reply.end(Buffer.from('hears'))
        reply.send(200, [], Buffer.from('this'))
        reply.destroy()
      }
      assert.ok(world.held.every(({ reply }) => reply.closed))
    })
  }

  test(`${lane} lane: a header that cannot be sent is a fault before anything is written`, async () => {
    await using world = await LaneWorld.start(lane)
    const { socket, heard } = world.open()
    socket.write(posting('/held', '', closing))
    await world.until(() => world.held.length === 1)
    const reply = world.held[0]?.reply
    for (const value of ['a\r\nset-cookie: b=1', 'a\nb', 'a\0', '\u20ac', '\x7f']) {
      assert.throws(() => reply?.send(200, ['x-model', value], Buffer.from('')), TypeError)
    }
    assert.equal(reply?.started, false)
    reply?.send(500, ['x-model', 'caf\xe9\tok'], Buffer.from('fault'))
    await heard.end
    assert.match(heard.text(), /^HTTP\/1\.1 500 .*fault$/s)
  })

  test(`${lane} lane: a stream that breaks ends with its last words and the connection`, async () => {
    await using world = await LaneWorld.start(lane)
    const { socket, heard } = world.open()
    socket.write(posting('/held', '') + posting('/echo', 'never'))
    await world.until(() => world.held.length === 1)
    const reply = world.held[0]?.reply
    reply?.start(200, [])
    reply?.write(Buffer.from('half'))
    reply?.endAndClose(Buffer.from('sorry'))
    await heard.end
    assert.match(heard.text(), /half.*sorry\r\n0\r\n\r\n/s)
    assert.equal(heads(heard.text())[0]?.status, 200)
  })

  test(`${lane} lane: a stop closes idle connections, and the others after their replies`, async () => {
    await using world = await LaneWorld.start(lane)
    const fresh = world.open()
    const idle = world.open()
    const busy = world.open()
    await once(fresh.socket, 'connect')
    idle.socket.write(posting('/echo', 'idle'))
    await idle.heard.until(/idle$/)
    busy.socket.write(posting('/held', ''))
    await world.until(() => world.held.length === 1)
    const closed = world.listener.close()
    await idle.heard.end
    fresh.socket.destroy()
    world.held[0]?.reply.send(200, [], Buffer.from('done'))
    await busy.heard.end
    assert.match(busy.heard.text(), /done$/)
    await closed
  })
}

test('both lanes send the same headers', async () => {
  const replies = await Promise.all(
    lanes.map(async (lane) => {
      await using world = await LaneWorld.start(lane)
      const { socket, heard } = world.open()
      socket.write(`${posting('/echo', 'one')}${posting('/early', 'two')}GET /plain HTTP/1.1\r\nHost: a\r\n\r\n`)
      await heard.until(/plain$/)
      socket.write(posting('/held', '', closing))
      await world.until(() => world.held.length === 1)
      world.held[0]?.reply.start(200, ['content-type', 'text/event-stream'])
      world.held[0]?.reply.end(Buffer.from('data: x\n\n'))
      await heard.end
      return heads(heard.text()).map(({ status, headers: { date, ...headers } }) => {
        assert.ok(!Number.isNaN(Date.parse(date ?? '')), 'there is a date')
        return { status, headers }
      })
    }),
  )
  assert.deepEqual(replies[0], replies[1])
  assert.equal(replies[0]?.length, 4)
})

test('a client that has left is not served from what it had sent ahead', async () => {
  await using world = await LaneWorld.start('fast')
  const { socket, heard } = world.open()
  socket.pause()
  socket.write(posting('/held', '') + posting('/echo', 'never').repeat(3))
  await world.until(() => world.held.length === 1)
  // More than fits into the sockets, so that the next request has to wait.
  world.held[0]?.reply.send(200, [], Buffer.alloc(20_000_000, 'x'))
  assert.equal(world.held[0]?.reply.needsDrain, true)
  socket.end()
  for (const word of ['one', 'two']) {
    const other = world.open()
    other.socket.write(posting('/echo', word, closing))
    await other.heard.end
  }
  socket.resume()
  await heard.end
  assert.deepEqual(
    world.seen.map(({ body }) => body),
    ['', 'one', 'two'],
  )
})

test('a silent connection is closed: before its first request, between two, and in the middle of a body', async () => {
  await using world = await LaneWorld.start('fast')
  const fresh = world.open()
  const idle = world.open()
  const stalled = world.open()
  const running = world.open()
  await once(fresh.socket, 'connect')
  idle.socket.write(posting('/echo', 'idle'))
  await idle.heard.until(/idle$/)
  stalled.socket.write(posting('/echo', 'stalled').slice(0, -1))
  running.socket.write(posting('/held', ''))
  await world.until(() => world.held.length === 1 && world.seen.length === 3)
  world.clock.nowMs += 31_000
  await fresh.heard.end
  assert.equal(idle.socket.destroyed || stalled.socket.destroyed, false)
  world.clock.nowMs += 30_000
  await stalled.heard.end
  await world.until(() => world.seen.some(({ body }) => body === 'client_closed'))
  assert.equal(idle.socket.destroyed, false)
  world.clock.nowMs += 30_000
  await idle.heard.end
  world.clock.nowMs += 3_600_000
  world.held[0]?.reply.send(200, [], Buffer.from('late, and heard'))
  await running.heard.until(/late, and heard$/)
  running.socket.destroy()
})
