// Proves that heads without end and bodies without end are refused in both lanes, and that the gateway goes on.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'
import { send } from './http-client.ts'

/** Everything that comes back until the connection ends. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  let received = ''
  socket.on('data', (piece: Buffer) => {
    received += piece.toString('latin1')
  })
  socket.on('error', () => {})
  socket.write(text)
  await new Promise((resolve) => socket.once('close', resolve))
  return received
}

for (const lane of ['fast', 'node'] as const) {
  describe(`limits in the ${lane} lane`, () => {
    let upstream: Upstream
    let gateway: RunningGateway
    before(async () => {
      upstream = await startOpenAIUpstream()
      const config = { providers: { openai: openAIProvider(upstream) }, server: { max_body_bytes: 2048 } }
      gateway = await startGateway(config, { fastLane: lane === 'fast' })
    })
    after(async () => {
      await gateway.close()
      await upstream.close()
    })

    const post = (headers: string) => `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}`
    const heads: readonly (readonly [says: string, head: string])[] = [
      ['a header of 64 KB', post(`x-long: ${'a'.repeat(65_536)}\r\n\r\n`)],
      [
        '4,000 headers',
        post(`${Array.from({ length: 4000 }, (_, index) => `x-${index}: 1234567890`).join('\r\n')}\r\n\r\n`),
      ],
      ['a request line of 64 KB', `GET /${'a'.repeat(65_536)} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`],
    ]
    for (const [says, head] of heads) {
      test(`${says} is refused with 431, and the connection is closed`, async () => {
        // What a client has not finished to send may reset its connection before it reads the refusal.
        assert.match(await raw(gateway.port, head), /^(HTTP\/1\.1 431 |$)/)
        assert.equal((await send(`${gateway.url}/health`)).status, 200)
        assert.equal(upstream.journal.requests.length, 0)
      })
    }

    test('a body that says that it is too long is refused before it is read, one that does not is as soon as it is', async () => {
      const stated = await raw(
        gateway.port,
        post('content-length: 9000000000\r\ncontent-type: application/json\r\n\r\n{'),
      )
      assert.match(stated, /^HTTP\/1\.1 413 /)
      const piece = `400\r\n${'a'.repeat(1024)}\r\n`
      const chunked = await raw(gateway.port, post(`transfer-encoding: chunked\r\n\r\n${piece}${piece}${piece}`))
      assert.match(chunked, /^HTTP\/1\.1 413 /)
      assert.equal((await send(`${gateway.url}/health`)).status, 200)
    })
  })
}
