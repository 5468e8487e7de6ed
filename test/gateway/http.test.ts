// Proves that the gateway speaks HTTP properly: methods, routes, ids, headers, uploads, and a stop that lets answers end.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { GatewayServer } from '../../src/gateway/server.ts'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'
import { conversation, hear, post, send } from './http-client.ts'
import { lanes } from './lane-world.ts'

const messages = [{ role: 'user', content: 'Hi' }]
const good = JSON.stringify({ model: 'auto', messages })

async function startBoth(fastLane = true) {
  const ollama = await startOllamaUpstream()
  const openai = await startOpenAIUpstream()
  const gateway = await startGateway(
    { providers: { local: localOllama(ollama), openai: openAIProvider(openai) } },
    { fastLane },
  )
  const close = async () => {
    await gateway.close()
    await Promise.all([ollama.close(), openai.close()])
  }
  return { ollama, openai, gateway, [Symbol.asyncDispose]: close }
}

function requestText(path: string, body: string, ...headers: readonly string[]): string {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: localhost', `Content-Length: ${Buffer.byteLength(body)}`, ...headers]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

function inFlight(gateway: RunningGateway): number {
  return Number(/^llm_in_flight (\d+)$/m.exec(gateway.aegis.gateway.renderMetrics())?.[1])
}

const posts = ['/v1/chat/completions', '/chat/completions', '/v1/explain', '/api/chat']
const gets = [
  '/v1/models',
  '/models',
  '/v1/models/auto',
  '/api/tags',
  '/api/version',
  '/admin/status',
  '/health',
  '/metrics',
  '/',
]

test('a wrong method is a 405 that names the right one', async () => {
  await using world = await startBoth()
  for (const [allow, paths] of [
    ['POST', posts],
    ['GET', gets],
  ] as const) {
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        if (method === allow) continue
        const reply = await send(world.gateway.url + path, { method, ...(method === 'POST' ? { chunks: [good] } : {}) })
        assert.equal(reply.status, 405, `${method} ${path}`)
        assert.equal(reply.headers.allow, allow)
        assert.equal(reply.error.code ?? reply.json.code, 'method_not_allowed')
      }
    }
  }
  assert.equal((await send(`${world.gateway.url}/v1/chat/completions`, { method: 'HEAD' })).status, 405)
  assert.equal(world.ollama.journal.requests.length, 0)
})

test('an unknown route is a 404 in the envelope of OpenAI', async () => {
  await using world = await startBoth()
  const paths = [
    '/v1',
    '/v1/',
    '/v1/chat',
    '/v1/chat/completions/',
    '/V1/models',
    '/v2/models',
    '/v1//models',
    '/admin',
    '/%00',
  ]
  for (const path of [...paths, `/${'a'.repeat(2000)}`, '/__proto__', '/constructor']) {
    for (const method of ['GET', 'POST']) {
      const reply = await send(world.gateway.url + path, { method })
      assert.deepEqual([reply.status, reply.error.code, reply.error.type], [404, 'not_found', 'invalid_request_error'])
    }
  }
})

test('a model that is not there is a 404, however its name is written', async () => {
  await using world = await startBoth()
  for (const id of ['nope', 'openai/nope', '%', '%E0%A4%A', '%00', '%2e%2e%2f', '', 'a?b', '__proto__']) {
    const reply = await send(`${world.gateway.url}/v1/models/${id}`)
    assert.deepEqual([reply.status, reply.error.code], [404, 'unknown_model'], id)
  }
  for (const id of ['gpt-4o', 'openai%2Fgpt-4o', 'openai/gpt-4o', 'llama3.2%3A8b', 'gpt-4o?x=1']) {
    assert.equal((await send(`${world.gateway.url}/v1/models/${id}`)).status, 200, id)
  }
  assert.deepEqual(world.gateway.log, [])
})

test('HEAD gives the headers of GET without its body', async () => {
  await using world = await startBoth()
  for (const path of gets) {
    const whole = await send(world.gateway.url + path)
    const head = await send(world.gateway.url + path, { method: 'HEAD' })
    assert.deepEqual([head.status, head.text], [200, ''])
    assert.equal(head.headers['content-type'], whole.headers['content-type'])
    assert.ok(Number(head.headers['content-length']) > 0)
  }
})

for (const lane of lanes) {
  test(`${lane} lane: the correlation id comes back as far as a header can carry it`, async () => {
    await using world = await startBoth(lane === 'fast')
    const url = `${world.gateway.url}/v1/models`
    const echoed = async (given: string) =>
      (await send(url, { headers: { 'x-correlation-id': given } })).headers['x-correlation-id']
    assert.equal(await echoed('trace-42/abc=='), 'trace-42/abc==')
    assert.equal(await echoed('x'.repeat(5000)), 'x'.repeat(200))
    assert.equal(await echoed('caf\u00e9\t\u00ff'), 'caf???')
    const without = await send(url)
    assert.equal(without.headers['x-correlation-id'], without.headers['x-aegis-request-id'])
    assert.equal(without.headers['x-request-id'], without.headers['x-aegis-request-id'])
    const refused = await post(`${world.gateway.url}/v1/chat/completions`, '{', { 'x-correlation-id': 'mine' })
    assert.deepEqual([refused.status, refused.headers['x-correlation-id']], [400, 'mine'])
  })
}

for (const lane of lanes) {
  test(`${lane} lane: a correlation id cannot bring a header of its own`, async () => {
    await using world = await startBoth(lane === 'fast')
    const injections = [
      'a\r\n set-cookie: b=1',
      'a\rset-cookie: b=1',
      'a\nset-cookie: b=1',
      'a\0b',
      'a%0d%0aset-cookie: b=1',
      'a\\r\\nset-cookie: b',
    ]
    for (const given of injections) {
      const said = await conversation(
        world.gateway.port,
        `GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Correlation-Id: ${given}\r\n\r\n`,
      )
      assert.match(said, /^HTTP\/1\.1 (200|400) /)
      assert.doesNotMatch(said, /^set-cookie/im, JSON.stringify(given))
    }
  })
}

for (const lane of lanes) {
  test(`${lane} lane: a model name cannot bring a header of its own`, async () => {
    await using world = await startBoth(lane === 'fast')
    for (const name of ['x\r\nset-cookie: b=1', 'x\0', 'caf\u00e9 😀', '\ud800', 'y'.repeat(3000)]) {
      for (const stream of [false, true]) {
        const reply = await post(`${world.gateway.url}/v1/chat/completions`, {
          model: `local/${name}`,
          messages,
          stream,
        })
        assert.equal(reply.status, 200)
        assert.match(String(reply.headers['x-aegis-model']), /^[\x20-\x7e]{1,200}$/)
        assert.equal(reply.headers['set-cookie'], undefined)
      }
    }
  })
}

test('broken HTTP is refused, and the next connection is served', async () => {
  await using world = await startBoth()
  const { port } = world.gateway
  const broken = [
    'hello\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n',
    'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
    'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ]
  for (const bytes of broken) {
    const said = await conversation(port, bytes)
    assert.match(said, /^HTTP\/1\.1 4\d\d |^$/, bytes.slice(0, 60))
  }
  assert.equal((await post(`${world.gateway.url}/v1/chat/completions`, good)).status, 200)
})

test('Expect: 100-continue is answered before the body is sent', async () => {
  await using world = await startBoth()
  const socket = connect({ port: world.gateway.port, host: '127.0.0.1' })
  const heard = hear(socket)
  const head = requestText('/v1/chat/completions', good, 'Expect: 100-continue', 'Connection: close').slice(
    0,
    -good.length,
  )
  socket.write(head)
  await heard.until(/HTTP\/1\.1 100 Continue\r\n\r\n/)
  socket.write(good)
  await heard.end
  assert.match(heard.text(), /HTTP\/1\.1 200 OK.*You asked about 1 word\./s)
})

test('a body that comes byte by byte is taken', async () => {
  await using world = await startBoth()
  const reply = await send(`${world.gateway.url}/v1/chat/completions`, { method: 'POST', chunks: [...good] })
  assert.equal(reply.status, 200)
})

for (const lane of lanes) {
  test(`${lane} lane: an upload that its client gives up leaves nothing behind`, async () => {
    await using world = await startBoth(lane === 'fast')
    const { gateway } = world
    const whole = requestText('/v1/chat/completions', good)
    const starts = [whole.slice(0, -5), whole.slice(0, -good.length), requestText('/api/chat', good).slice(0, -1)]
    for (const part of starts) {
      const socket = connect({ port: gateway.port, host: '127.0.0.1' })
      await once(socket, 'connect')
      socket.end(part)
      socket.resume()
      await once(socket, 'close')
      const abrupt = connect({ port: gateway.port, host: '127.0.0.1' })
      await once(abrupt, 'connect')
      abrupt.write(part, () => abrupt.resetAndDestroy())
      await once(abrupt, 'close')
    }
    assert.equal((await post(`${gateway.url}/v1/chat/completions`, good)).status, 200)
    assert.equal(world.ollama.journal.requests.length, 1, 'no half request was sent on')
    assert.equal(inFlight(gateway), 0)
    assert.deepEqual(gateway.log, [])
  })
}

for (const lane of lanes) {
  test(`${lane} lane: no header of a client reaches a provider, and none of a provider reaches a client`, async () => {
    await using world = await startBoth(lane === 'fast')
    const mine = [
      'cookie',
      'baggage',
      'traceparent',
      'x-forwarded-for',
      'forwarded',
      'via',
      'referer',
      'user-agent',
      'x-api-key',
    ]
    const alsoMine = [
      'openai-organization',
      'openai-project',
      'x-custom',
      'accept-language',
      'proxy-authorization',
      'x-correlation-id',
    ]
    const headers = Object.fromEntries([...mine, ...alsoMine, 'authorization'].map((name) => [name, 'header-canary']))
    const theirs = {
      'set-cookie': 'their=canary',
      'openai-version': 'their-canary',
      'x-request-id': 'their-canary',
      server: 'their-canary',
      'x-ratelimit-remaining': 'their-canary',
    }
    for (const upstream of [world.openai, world.ollama]) upstream.always({ headers: theirs })
    for (const model of ['gpt-4o', 'llama3.2:8b']) {
      for (const stream of [false, true]) {
        const reply = await post(`${world.gateway.url}/v1/chat/completions`, { model, messages, stream }, headers)
        assert.equal(reply.status, 200)
        assert.doesNotMatch(JSON.stringify(reply.headers), /their/)
      }
    }
    for (const upstream of [world.openai, world.ollama]) {
      const heard = upstream.journal.allBytes().toString('latin1')
      assert.doesNotMatch(heard, /canary/)
      const names = new Set(upstream.journal.requests.flatMap((one) => Object.keys(one.headers)))
      const ours = ['host', 'connection', 'accept-encoding', 'authorization', 'content-type', 'content-length']
      assert.deepEqual(
        [...names].filter((name) => !ours.includes(name)),
        [],
      )
    }
    assert.ok(world.openai.journal.requests.every((one) => one.headers.authorization === 'Bearer sk-openai-test'))
    assert.ok(world.ollama.journal.requests.every((one) => one.headers.authorization === undefined))
  })
}

for (const lane of lanes) {
  test(`${lane} lane: a stop lets running answers end, and refuses what comes meanwhile with Retry-After`, async () => {
    await using world = await startBoth(lane === 'fast')
    const server = new GatewayServer(world.gateway.aegis.gateway, { fastLane: lane === 'fast' })
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
    world.ollama.next({ chunks: ['one ', 'two ', 'three'], chunkGapMs: 50 }, { timeToFirstTokenMs: 150 })
    const streaming = connect({ port, host: '127.0.0.1' })
    const stream = hear(streaming)
    streaming.write(requestText('/v1/chat/completions', JSON.stringify({ model: 'auto', messages, stream: true })))
    await stream.until(/one/)
    const pipelined = connect({ port, host: '127.0.0.1' })
    const second = hear(pipelined)
    pipelined.write(requestText('/v1/chat/completions', good))
    await world.ollama.journal.waitUntil(() => world.ollama.journal.requests.length === 2, 60_000)
    const stopped = server.stop(60_000)
    pipelined.write(requestText('/v1/chat/completions', good))
    await stopped
    assert.match(stream.text(), /three.*data: \[DONE\]/s)
    await second.end
    assert.match(second.text(), /^HTTP\/1\.1 200 OK.*HTTP\/1\.1 503 .*^retry-after: \d+\r$.*"shutting_down"/ims)
    assert.equal(world.ollama.journal.requests.length, 2)
    await assert.rejects(send(`http://127.0.0.1:${port}/health`), { code: 'ECONNREFUSED' })
  })
}

for (const lane of lanes) {
  test(`${lane} lane: a stop whose patience ends cancels what still runs, also at the provider`, async () => {
    await using world = await startBoth(lane === 'fast')
    const server = new GatewayServer(world.gateway.aegis.gateway, { fastLane: lane === 'fast' })
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
    world.ollama.next({ hang: 'mid_stream' }, { hang: 'before_headers' })
    for (const stream of [true, false]) {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.on('error', () => {})
      socket.write(requestText('/v1/chat/completions', JSON.stringify({ model: 'auto', messages, stream })))
    }
    await world.ollama.journal.waitUntil(() => world.ollama.journal.requests.length === 2, 60_000)
    await server.stop(10)
    const { journal } = world.ollama
    await journal.waitUntil(() => journal.requests.every(({ ended }) => ended === 'client_closed'), 60_000)
  })
}
