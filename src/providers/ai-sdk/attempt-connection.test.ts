// Proves the one connection of an attempt: only the configured provider, only once, and no faster than it is read.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fundedAttempt } from '../../../test/make/attempt.ts'
import { startServer } from '../../../test/make/http-server.ts'
import { startService } from '../../../test/make/service.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import type { StreamEnd } from '../../domain/completion.ts'
import type { Upstream } from '../transport/upstream.ts'
import { AttemptConnection } from './attempt-connection.ts'
import { loadWire } from './load-wire.ts'

const settings = {
  baseUrl: 'http://127.0.0.1/v1',
  apiKey: 'key',
  headers: {},
  region: undefined,
  keys: undefined,
  accessToken: undefined,
}
const wire = (await loadWire('anthropic', settings))('claude-haiku-4-5')
const post = {
  method: 'POST',
  body: '{"max_tokens":10}',
  headers: { 'content-type': 'application/json', 'x-own': '1' },
}

function connection(upstream: Upstream, origin: string, outputTokenCap?: number): AttemptConnection {
  return new AttemptConnection({
    upstream,
    wire,
    origin,
    outputTokenCap,
    attempt: fundedAttempt(),
    signal: new Cancellation(),
  })
}

describe('the fetch that a package is given', () => {
  test('sends to the configured address, with the package’s headers and none of the transport’s', async () => {
    const seen = Promise.withResolvers<NodeJS.Dict<unknown>>()
    await using server = await startServer((request, response) => {
      seen.resolve(request.headers)
      response.end('{"a":1}')
    })
    await using connected = connectTo(server.url)
    const { fetch } = connection(connected.upstream, server.url)
    const headers = { ...post.headers, host: 'evil.example', connection: 'upgrade', 'accept-encoding': 'br' }
    const reply = await fetch(`${server.url}/v1/messages?a=b`, { ...post, headers })
    assert.deepEqual([reply.status, await reply.json()], [200, { a: 1 }])
    assert.partialDeepStrictEqual(await seen.promise, {
      host: `127.0.0.1:${server.port}`,
      'x-own': '1',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
    })
  })

  test('refuses every other address and every other kind of request, before anything is sent', async () => {
    await using server = await startServer((_, response) => response.end('{}'))
    await using elsewhere = await startServer((_, response) => response.end('{}'))
    await using connected = connectTo(server.url)
    const ask = (url: string, init: RequestInit) => connection(connected.upstream, server.url).fetch(url, init)
    for (const url of [elsewhere.url, `http://localhost:${server.port}`, `https://127.0.0.1:${server.port}`]) {
      await assert.rejects(ask(`${url}/v1/messages`, post), { kind: 'unsupported', dispatched: false }, url)
    }
    for (const init of [{ method: 'GET' }, { method: 'POST' }, { ...post, body: new FormData() }]) {
      await assert.rejects(ask(`${server.url}/v1/messages`, init), { kind: 'unsupported', dispatched: false })
    }
    assert.deepEqual([server.accepted, elsewhere.accepted], [0, 0])
  })

  test('sends once', async () => {
    await using server = await startServer((_, response) => response.end('{}'))
    await using connected = connectTo(server.url)
    const one = connection(connected.upstream, server.url)
    await (await one.fetch(server.url, post)).text()
    await assert.rejects(one.fetch(server.url, post), { kind: 'truncated', dispatched: true })
    assert.equal(one.failure?.kind, 'truncated')
  })

  test('does not send a body that allows more than is paid for', async () => {
    await using server = await startServer((_, response) => response.end('{}'))
    await using connected = connectTo(server.url)
    for (const [body, budget] of [
      ['{"max_tokens":11,"thinking":{"budget_tokens":5}}', 5],
      ['{"max_tokens":11}', 0],
      ['{}', 0],
    ] as const) {
      const one = connection(connected.upstream, server.url, 10)
      await assert.rejects(one.fetch(server.url, { ...post, body }), { kind: 'unsupported', dispatched: false })
      assert.deepEqual([one.refusedBudget, one.sent], [budget, false])
    }
    assert.equal((await connection(connected.upstream, server.url, 10).fetch(server.url, post)).status, 200)
    assert.equal(server.accepted, 1)
  })
})

test('a stream that nobody reads is held back at its source, and goes on when it is read', async () => {
  await using service = await startService('anthropic')
  const chunks = Array.from({ length: 600 }, () => 'x'.repeat(32 * 1024))
  service.upstream.next({ chunks })
  const answer = await service.execute({ stream: true })
  assert.equal(answer.kind, 'stream')
  const first = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<StreamEnd>()
  let paused = true
  answer.start({
    frames: () => {
      first.resolve()
      return !paused
    },
    usageFrame: () => true,
    end: (end) => ended.resolve(end),
  })
  await first.promise
  // Until the buffers of the socket are full.
  let sent = -1
  while (service.upstream.journal.requests[0]?.bytesSent !== sent) {
    sent = service.upstream.journal.requests[0]?.bytesSent ?? 0
    await sleep(100)
  }
  assert.ok(sent < 12 * 1024 * 1024, `${sent} bytes were taken`)
  paused = false
  answer.resume()
  const { failure, deliveredTokens } = await ended.promise
  assert.deepEqual([failure, deliveredTokens], [undefined, 600 * 32 * 1024])
})
