// Proves who is let in: the master key by every header of the contract; without one, this machine and no web page.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import { localOllama, startGateway } from '../make/gateway.ts'
import { conversation, type Reply, type Sending, send } from './http-client.ts'

const KEY = 'sk-aegis-master-0123456789'
const upstream = await startOllamaUpstream()
const providers = { local: localOllama(upstream) }
const locked = await startGateway({ providers, auth: { master_key: KEY } })
const loopback = await startGateway({ providers })

after(async () => {
  await Promise.all([locked.close(), loopback.close()])
  await upstream.close()
})

const body = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Hi' }] })
const openRoutes = [
  '/docs',
  '/openapi.json',
  '/health',
  '/health/liveness',
  '/health/liveliness',
  '/health/readiness',
  '/metrics',
  '/',
]
const closedRoutes: readonly (readonly [string, string])[] = [
  ['POST', '/v1/chat/completions'],
  ['POST', '/chat/completions'],
  ['POST', '/v1/explain'],
  ['POST', '/api/chat'],
  ['GET', '/v1/models'],
  ['GET', '/models'],
  ['GET', '/v1/models/auto'],
  ['GET', '/api/tags'],
  ['GET', '/api/version'],
  ['GET', '/admin/status'],
  ['POST', '/admin/sandbox'],
  ['POST', '/v1/keys'],
  ['GET', '/v1/keys/a'],
  ['PATCH', '/v1/users/a'],
  ['GET', '/v1/users/a/usage'],
  ['DELETE', '/v1/budgets/a'],
  ['GET', '/v1/pricing'],
  ['GET', '/v1/usage'],
  ['GET', '/nowhere'],
  ['DELETE', '/v1/chat/completions'],
]

function ask(url: string, method: string, headers: Sending['headers'] = {}): Promise<Reply> {
  return send(url, { method, headers, ...(method === 'POST' ? { chunks: [body] } : {}) })
}

/** The code of the error, in whichever dialect. */
function codeOf({ json, error }: Reply): unknown {
  return error.code ?? json.code
}

const keyHeaders = ['authorization', 'x-api-key', 'X-AnyLLM-Key', 'AnyLLM-Key', 'Otari-Key']
for (const name of keyHeaders) {
  test(`the master key is taken from ${name}, with and without Bearer`, async () => {
    for (const value of [KEY, `Bearer ${KEY}`, `bearer  ${KEY}`]) {
      assert.equal((await ask(`${locked.url}/v1/chat/completions`, 'POST', { [name]: value })).status, 200)
      assert.equal((await ask(`${locked.url}/api/tags`, 'GET', { [name]: value })).status, 200)
    }
  })

  test(`a wrong key in ${name} is a 401 that does not repeat it`, async () => {
    for (const value of ['wrong-canary', `${KEY}x`, KEY.slice(0, -1), KEY.toUpperCase(), `Basic ${KEY}`, 'Bearer']) {
      const reply = await ask(`${locked.url}/v1/chat/completions`, 'POST', { [name]: value })
      assert.deepEqual([reply.status, reply.error.code, reply.error.type], [401, 'invalid_key', 'authentication_error'])
      assert.doesNotMatch(reply.text, /canary|0123456789/)
    }
  })
}

test('two keys in one header, or a wrong one before the right one, let nobody in', async () => {
  const url = `${locked.url}/v1/models`
  assert.equal((await ask(url, 'GET', { 'x-api-key': [KEY, KEY] })).status, 401)
  assert.equal((await ask(url, 'GET', { authorization: 'Bearer wrong', 'x-api-key': KEY })).status, 401)
  assert.equal((await ask(url, 'GET', { authorization: '', 'x-api-key': KEY })).status, 200)
})

test('a key in the address or in the body is no key', async () => {
  assert.equal((await ask(`${locked.url}/v1/models?key=${KEY}&api_key=${KEY}`, 'GET')).status, 401)
  const reply = await send(`${locked.url}/v1/chat/completions`, { method: 'POST', chunks: [`{"api_key":"${KEY}"}`] })
  assert.equal(reply.status, 401)
})

test('every other route asks for the key, and does not say which routes there are', async () => {
  for (const [method, path] of closedRoutes) {
    const reply = await ask(locked.url + path, method)
    assert.deepEqual([reply.status, codeOf(reply)], [401, 'invalid_key'], `${method} ${path}`)
    assert.equal(reply.headers.allow, undefined)
  }
  assert.equal(upstream.journal.requests.filter(({ method }) => method === 'DELETE').length, 0)
})

test('the open routes stay open', async () => {
  for (const path of openRoutes) {
    for (const { url } of [locked, loopback]) {
      assert.equal((await ask(url + path, 'GET')).status, 200, path)
      assert.equal((await ask(url + path, 'HEAD')).status, 200, path)
    }
  }
})

const disguises = [
  '/v1/models/../../health',
  '/health/../v1/models',
  '//health',
  '/health/',
  '/HEALTH',
  '/health%2f',
  '/%68ealth',
  '/health;/v1/models',
  '/metrics/..',
  '/.',
  '/?/health',
  '/\\health',
]
for (const path of disguises) {
  test(`a path in disguise opens nothing: ${path}`, async () => {
    const said = await conversation(locked.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1])
    if (path === '/?/health') assert.equal(status, 200, 'this is the page, with a query')
    else assert.equal(status, 401, said.slice(0, 300))
  })
}

test('an address of another host in the request line is not followed', async () => {
  const said = await conversation(
    loopback.port,
    'GET http://example.com/v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  )
  assert.match(said, /^HTTP\/1\.1 404 /)
})

const ownHosts = [
  'localhost',
  'localhost:8080',
  '127.0.0.1',
  '127.0.0.1:1',
  '127.8.9.10',
  '[::1]',
  '[::1]:80',
  'LOCALHOST',
  'app.localhost',
]
const foreignHosts = [
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '192.168.1.5',
  '0.0.0.0',
  '[::]',
  '10.0.0.1:8080',
  'localhost.',
  '127.0.0.1x',
  'a b',
  '[::ffff:10.0.0.1]',
  '128.0.0.1',
]
test('without a master key a request must name this machine', async () => {
  for (const host of ownHosts) assert.equal((await ask(`${loopback.url}/v1/models`, 'GET', { host })).status, 200, host)
  for (const host of foreignHosts) {
    for (const [method, path] of closedRoutes) {
      const reply = await ask(loopback.url + path, method, { host })
      assert.deepEqual([reply.status, codeOf(reply)], [403, 'key_not_allowed'], `${host} ${path}`)
    }
  }
})

test('without a master key no page of another site may ask, whatever it calls its request', async () => {
  const foreign = [
    'https://evil.example',
    'http://localhost.evil.example',
    'null',
    'file://',
    'http://192.168.0.9:8080',
    'chrome-extension://abc',
  ]
  const url = `${loopback.url}/v1/chat/completions`
  const refused: readonly Sending['headers'][] = [
    ...foreign.map((origin) => ({ origin, 'content-type': 'text/plain' })),
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'http://localhost:3000', 'sec-fetch-site': 'cross-site' },
  ]
  const before = upstream.journal.requests.length
  for (const headers of refused) {
    const reply = await ask(url, 'POST', headers)
    assert.deepEqual([reply.status, reply.error.code], [403, 'key_not_allowed'], JSON.stringify(headers))
    assert.equal(reply.headers['access-control-allow-origin'], undefined)
  }
  assert.equal(upstream.journal.requests.length, before)
  for (const headers of [
    { origin: 'http://localhost:3000' },
    { origin: loopback.url, 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ]) {
    assert.equal((await ask(url, 'POST', headers)).status, 200, JSON.stringify(headers))
  }
})

test('with a master key other names and origins are served to those who have it', async () => {
  const headers = { host: 'aegis.example', origin: 'https://app.example', authorization: `Bearer ${KEY}` }
  assert.equal((await ask(`${locked.url}/v1/models`, 'GET', headers)).status, 200)
})

test('no key was logged', () => {
  assert.doesNotMatch(JSON.stringify([locked.log, loopback.log]), /sk-aegis|canary/)
})
