// Proves that the journal has everything a test may ask about: requests, connections, bytes, and what was billed.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startOpenAIUpstream, type Upstream } from './index.ts'
import { at, get, post } from './raw-http.ts'

const ask = { model: 'gpt-4o', messages: [{ role: 'user', content: 'canary-51c8' }] }
/** Longer than anything here takes, and longer than that. */
const patienceMs = 60_000
const never = 3_600_000
const chatOf = (upstream: Upstream) => `${upstream.url}/v1/chat/completions`

test('a request is recorded with its bytes, its headers, and how it ended', async () => {
  await using upstream = await startOpenAIUpstream()
  const before = Date.now()
  const reply = await post(`${chatOf(upstream)}?api=1`, ask, { headers: { authorization: 'Bearer sk-test' } })
  const [seen] = upstream.journal.requests
  assert.ok(seen)
  assert.deepEqual([seen.method, seen.path, seen.ended], ['POST', '/v1/chat/completions?api=1', 'complete'])
  assert.equal(seen.headers.authorization, 'Bearer sk-test')
  assert.equal(seen.rawBody.toString(), JSON.stringify(ask))
  assert.deepEqual(seen.json, ask)
  assert.equal(seen.bytesSent, Buffer.byteLength(reply.text))
  assert.ok(seen.receivedAtMs >= before - 5 && (seen.endedAtMs ?? 0) >= seen.receivedAtMs)
})

test('what was billed is the whole for a whole answer, whatever usage says', async () => {
  await using upstream = await startOpenAIUpstream()
  upstream.next({}, { usage: 'absent' }, { usage: { prompt_tokens: 7, completion_tokens: 9 } }, { status: 500 })
  const reply = await post(chatOf(upstream), ask)
  for (let more = 0; more < 3; more += 1) await post(chatOf(upstream), { ...ask, stream: true })
  const whole = { inputTokens: 3, outputTokens: Number(at(reply.json, 'usage.completion_tokens')) }
  const billed = upstream.journal.requests.map((request) => request.billed)
  assert.deepEqual(billed, [whole, whole, { inputTokens: 7, outputTokens: 9 }, undefined])
})

test('leaving a stream early is billed for the input and what was sent', async () => {
  await using upstream = await startOpenAIUpstream()
  const { journal } = upstream
  upstream.next({ chunks: ['abcdefgh', 'ijklmnop', 'qrstuvwx'], hang: 'mid_stream' }, { timeToFirstTokenMs: never })
  for (const outputTokens of [2, 0]) {
    const leaving = new AbortController()
    const left = post(chatOf(upstream), { ...ask, stream: true }, { signal: leaving.signal }).catch(() => {})
    await journal.waitUntil(() => journal.requests.at(-1)?.billed?.outputTokens === outputTokens, patienceMs)
    leaving.abort()
    await left
    await journal.waitUntil(() => journal.requests.at(-1)?.ended === 'client_closed', patienceMs)
    assert.deepEqual(journal.requests.at(-1)?.billed, { inputTokens: 3, outputTokens })
    journal.clear()
  }
})

test('a client that leaves is noticed at once, at every stage', async () => {
  await using upstream = await startOpenAIUpstream()
  upstream.next({ hang: 'before_headers' }, { hang: 'after_headers' }, { chunkGapMs: never }, { delayHeadersMs: never })
  for (let stage = 0; stage < 4; stage += 1) {
    const leaving = new AbortController()
    const sent = post(chatOf(upstream), { ...ask, stream: true }, { signal: leaving.signal }).catch(() => {})
    await upstream.journal.waitFor((request) => request.id === stage + 1 && request.rawBody.length > 0, patienceMs)
    await setTimeout(20)
    leaving.abort()
    await sent
    const seen = await upstream.journal.waitFor(
      (request) => request.id === stage + 1 && request.ended !== 'open',
      patienceMs,
    )
    assert.equal(seen.ended, 'client_closed')
  }
})

test('a client that leaves in the middle of its own body is recorded', async () => {
  await using upstream = await startOpenAIUpstream()
  const sent = request(chatOf(upstream), { method: 'POST', headers: { 'content-length': '1000' } })
  sent.on('error', () => {})
  sent.write('{"model":')
  await upstream.journal.waitFor(() => true, patienceMs)
  sent.destroy()
  const seen = await upstream.journal.waitFor((one) => one.ended !== 'open', patienceMs)
  assert.equal(seen.ended, 'client_closed')
  assert.ok(upstream.journal.allBytes().includes('{"model":'))
})

test('a disconnect by the upstream is not the client`s', async () => {
  await using upstream = await startOpenAIUpstream()
  upstream.next({ disconnectAfter: 1 }, { disconnectAfter: -1 })
  await post(chatOf(upstream), { ...ask, stream: true })
  await assert.rejects(post(chatOf(upstream), ask))
  assert.deepEqual(
    upstream.journal.requests.map((one) => one.ended),
    ['server_disconnected', 'server_disconnected'],
  )
})

test('connections are counted, and a kept one is used again', async () => {
  await using upstream = await startOpenAIUpstream()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (let round = 0; round < 3; round += 1) {
    const sent = request(chatOf(upstream), { agent, method: 'POST' }).end(JSON.stringify(ask))
    const [response] = await once(sent, 'response')
    response.resume()
    await once(response, 'end')
  }
  assert.equal(upstream.openConnections, 1)
  assert.deepEqual(
    upstream.journal.requests.map((one) => one.connectionId),
    [1, 1, 1],
  )
  agent.destroy()
  await upstream.journal.waitUntil(() => upstream.openConnections === 0, patienceMs)
  const [connection] = upstream.journal.connections
  assert.equal(connection?.requests, 3)
  assert.ok((connection?.closedAtMs ?? 0) > (connection?.openedAtMs ?? 0))
})

test('every byte is there to be searched: path, headers, body, even from a chunked and a refused request', async () => {
  await using upstream = await startOpenAIUpstream({ apiKey: 'sk-right' })
  await post(`${chatOf(upstream)}?canary-path`, ask, { headers: { 'x-trace': 'canary-header' } })
  const chunked = request(chatOf(upstream), { method: 'POST' })
  chunked.write('{"a":"canary-')
  await setTimeout(10)
  chunked.end('split"}')
  await once(chunked, 'response')
  await get(`${upstream.url}/nothing/canary-lost`)
  const bytes = upstream.journal.allBytes()
  for (const canary of ['canary-path', 'canary-header', 'canary-51c8', 'canary-split', 'canary-lost']) {
    assert.ok(bytes.includes(canary), canary)
  }
  upstream.journal.clear()
  assert.deepEqual([upstream.journal.requests.length, upstream.journal.allBytes().length], [0, 0])
})

test('a large body arrives whole', async () => {
  await using upstream = await startOpenAIUpstream()
  const content = 'x'.repeat(5_000_000)
  const reply = await post(chatOf(upstream), { ...ask, messages: [{ role: 'user', content }] })
  assert.equal(at(reply.json, 'usage.prompt_tokens'), 1_250_000)
  assert.ok(upstream.journal.allBytes().length > 10_000_000)
})

test('a journal that is full refuses to be searched, and one of size 0 keeps nothing', async () => {
  await using full = await startOpenAIUpstream({ journalBytes: 100 })
  await post(chatOf(full), ask)
  assert.throws(() => full.journal.allBytes(), /more than the 100 bytes/)
  await using none = await startOpenAIUpstream({ journalBytes: 0 })
  assert.equal((await post(chatOf(none), ask)).status, 200)
  assert.deepEqual([none.journal.requests.length, none.journal.connections.length], [0, 0])
  assert.throws(() => none.journal.allBytes())
})

test('waiting for what does not come ends, and says what was seen but no body', async () => {
  await using upstream = await startOpenAIUpstream()
  await post(chatOf(upstream), ask)
  const failure = await upstream.journal.waitFor(() => false, 20).catch(String)
  assert.match(String(failure), /not within 20 ms; 1 requests seen: #1 POST \/v1\/chat\/completions complete/)
  assert.doesNotMatch(String(failure), /canary/)
})
