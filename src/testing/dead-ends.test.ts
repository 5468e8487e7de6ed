// Proves that the dead ends are dead, and stay so.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { holdPort } from './dead-ends.ts'
import { blackholeUpstream, refusingPort, startOpenAIUpstream } from './index.ts'
import { get } from './raw-http.ts'

test('a refusing port refuses, again and again', async () => {
  await using refusing = await refusingPort()
  for (let attempt = 0; attempt < 5; attempt += 1) await assert.rejects(get(refusing.url), { code: 'ECONNREFUSED' })
  assert.equal(refusing.connections, 0)
})

test('many refusing ports are all different', async () => {
  await using ports = new AsyncDisposableStack()
  const all = await Promise.all(Array.from({ length: 20 }, async () => ports.use(await refusingPort())))
  assert.equal(new Set(all.map((one) => one.port)).size, 20)
  for (const one of all) await assert.rejects(get(one.url), { code: 'ECONNREFUSED' })
})

test('a black hole accepts, reads and never answers', async () => {
  await using silent = await blackholeUpstream()
  const socket = connect(silent.port, '127.0.0.1').on('error', () => {})
  let heardBytes = 0
  socket.on('data', (answer: Buffer) => {
    heardBytes += answer.length
  })
  const length = 20_000_000
  const head = `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${length}\r\n\r\n`
  // More than the system keeps for a reader that does not read.
  await new Promise((resolve) => socket.write(head + 'x'.repeat(length), resolve))
  assert.deepEqual([silent.connections, heardBytes], [1, 0])
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await Promise.all([closed, silent.close()])
  assert.equal(heardBytes, 0)
})

test('an upstream that stopped listening refuses until it listens again, on its own port', async () => {
  await using upstream = await startOpenAIUpstream()
  const { port } = upstream
  for (let round = 0; round < 3; round += 1) {
    await upstream.stopListening()
    await upstream.stopListening()
    await assert.rejects(get(upstream.url), { code: 'ECONNREFUSED' })
    await upstream.startListening()
    await upstream.startListening()
    assert.equal((await get(`${upstream.url}/v1/models`)).status, 200)
  }
  assert.equal(upstream.port, port)
  await upstream.stopListening()
  await upstream.close()
  await assert.rejects(get(upstream.url), { code: 'ECONNREFUSED' })
})

test('a held port is free again when it is released, and another one`s cannot be held', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await assert.rejects(holdPort(port), { code: 'EADDRINUSE' })
  server.close()
  await once(server, 'close')
  const held = await holdPort(port)
  await held.release()
  await once(server.listen(port, '127.0.0.1'), 'listening')
  server.close()
})
