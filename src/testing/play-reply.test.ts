// Proves every fault and every wait that a behaviour can script, as a client sees it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Behaviour, startOllamaUpstream, startOpenAIUpstream, type Upstream } from './index.ts'
import type { JsonObject } from './json-value.ts'
import { at, get, lineJson, post, type RawReply, sseData, sseJson } from './raw-http.ts'
import { simulatedTokensPerImage } from './simulated-tokens.ts'

const ask = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }
const streamed = { ...ask, stream: true }
const three = { chunks: ['one', ' two', ' three'] }

async function openai(behaviour: Behaviour, body: JsonObject = streamed): Promise<RawReply> {
  await using upstream = await startOpenAIUpstream()
  upstream.next(behaviour)
  return await post(`${upstream.url}/v1/chat/completions`, body)
}

async function ollama(behaviour: Behaviour, body: JsonObject = streamed): Promise<RawReply> {
  await using upstream = await startOllamaUpstream()
  upstream.next(behaviour)
  return await post(`${upstream.url}/api/chat`, body)
}

const contents = (reply: RawReply) => sseJson(reply.text).map((chunk) => at(chunk, 'choices.0.delta.content'))
/** Longer than anything here takes. */
const patienceMs = 60_000
const longerThan = (ms: number, waitedMs: number) =>
  assert.ok(waitedMs >= ms - 2, `${waitedMs} ms is less than ${ms} ms`)

test('next is used up in order, then always holds, and reset makes everything healthy', async () => {
  await using upstream = await startOpenAIUpstream()
  const status = async () => (await post(`${upstream.url}/v1/chat/completions`, ask)).status
  upstream.always({ status: 503 })
  upstream.next({ status: 429 }, {})
  assert.deepEqual([await status(), await status(), await status(), await status()], [429, 200, 503, 503])
  upstream.next({ status: 429 })
  upstream.reset()
  assert.equal(await status(), 200)
})

test('only admitted inference uses up next; a management route has its own behaviour', async () => {
  await using upstream = await startOpenAIUpstream({ apiKey: 'sk-test' })
  const headers = { authorization: 'Bearer sk-test' }
  upstream.next({ status: 500 })
  upstream.alwaysAt('/v1/models', { status: 503 })
  assert.equal((await post(`${upstream.url}/v1/chat/completions`, ask)).status, 401)
  assert.equal((await get(`${upstream.url}/v1/models`, { headers })).status, 503)
  assert.equal((await post(`${upstream.url}/v1/embeddings`, { model: 'a', input: 'b' }, { headers })).status, 500)
})

test('an error status has the wire`s error body, or the scripted one, and the scripted headers', async () => {
  const limited = await openai({ status: 429, headers: { 'retry-after': '7' } })
  assert.equal(limited.status, 429)
  assert.equal(limited.headers['retry-after'], '7')
  assert.equal(at(limited.json, 'error.code'), 'rate_limit_exceeded')
  assert.equal((await openai({ status: 500, errorBody: 'Bad gateway', contentType: 'text/html' })).text, 'Bad gateway')
  assert.deepEqual((await ollama({ status: 500, errorBody: { error: 'out of memory' } })).json, {
    error: 'out of memory',
  })
  assert.match(String((await ollama({ status: 503 })).json.error), /^server busy/)
})

test('a redirect points elsewhere', async () => {
  const reply = await openai({ redirectTo: 'http://127.0.0.1:9/x' })
  assert.deepEqual([reply.status, reply.headers.location], [307, 'http://127.0.0.1:9/x'])
  assert.equal((await openai({ redirectTo: 'http://127.0.0.1:9/x', status: 302 })).status, 302)
})

test('text and chunks are said exactly; max_tokens applies to text only', async () => {
  assert.deepEqual(contents(await openai(three)).slice(1, 4), ['one', ' two', ' three'])
  assert.deepEqual(contents(await openai({ chunks: ['', 'é', ''] })).slice(1, 4), ['', 'é', ''])
  const cut = await openai({ text: 'abcdefgh' }, { ...ask, max_tokens: 1 })
  assert.equal(at(cut.json, 'choices.0.message.content'), 'abcd')
  const whole = await openai({ chunks: ['abcdefgh'] }, { ...ask, max_tokens: 1 })
  assert.equal(at(whole.json, 'choices.0.message.content'), 'abcdefgh')
  assert.equal(
    at((await openai({ finishReason: 'content_filter' }, ask)).json, 'choices.0.finish_reason'),
    'content_filter',
  )
})

test('scripted tool calls are made without tools in the request, and may be broken', async () => {
  const toolCalls = [{ name: 'f', arguments: '{"broken":' }]
  const reply = await openai({ text: 'Let me look.', toolCalls }, ask)
  assert.equal(at(reply.json, 'choices.0.message.content'), 'Let me look.')
  assert.equal(at(reply.json, 'choices.0.message.tool_calls.0.function.arguments'), '{"broken":')
  const native = await ollama({ toolCalls: [{ name: 'f', arguments: { a: 1 } }] })
  assert.deepEqual(at(lineJson(native.text)[0], 'message.tool_calls.0.function'), {
    index: 0,
    name: 'f',
    arguments: { a: 1 },
  })
})

test('raw frames are sent as they are, each by itself, even in the middle of a character', async () => {
  const character = Buffer.from('é')
  const rawFrames = ['data: {"a":', character.subarray(0, 1), character.subarray(1), '}\n\n']
  const reply = await openai({ rawFrames, chunkGapMs: 5 })
  assert.equal(reply.text.length > 0 && reply.reads.length, 4)
  assert.equal(reply.headers['content-type'], 'text/event-stream; charset=utf-8')
  assert.equal(reply.ended, 'complete')
})

test('a raw body answers a request that does not stream, raw frames one that does', async () => {
  const both = { rawBody: '{"id":', rawFrames: ['data: {"id":\n\n'] }
  assert.equal((await openai(both, ask)).text, '{"id":')
  assert.equal((await openai(both)).text, 'data: {"id":\n\n')
  assert.equal((await openai({ rawBody: '<html>', contentType: 'text/html' })).headers['content-type'], 'text/html')
})

/** When the upstream wrote each of its pieces, and how many bytes it had written before: nobody's reading delays that. */
async function written(upstream: Upstream, behaviour: Behaviour): Promise<readonly { atMs: number; bytes: number }[]> {
  const writes: { atMs: number; bytes: number }[] = []
  upstream.next(behaviour)
  const over = upstream.journal.waitUntil(() => {
    const [request] = upstream.journal.requests
    const bytes = request?.bytesSent ?? 0
    if (bytes > (writes.at(-1)?.bytes ?? 0)) writes.push({ atMs: performance.now(), bytes })
    return request?.ended === 'complete'
  }, patienceMs)
  await post(`${upstream.url}/v1/chat/completions`, streamed)
  await over
  return writes
}

const gapsOf = (writes: readonly { atMs: number }[]) =>
  writes.slice(1).map(({ atMs }, index) => atMs - (writes[index]?.atMs ?? 0))

test('waits come before the headers, before the first output and between the others', async () => {
  const waits = { delayHeadersMs: 40, timeToFirstTokenMs: 60, chunkGapMs: 30 }
  longerThan(40, (await openai({ ...three, ...waits })).headersAtMs)
  await using upstream = await startOpenAIUpstream()
  const gaps = gapsOf(await written(upstream, { ...three, ...waits }))
  assert.equal(gaps.length, 5, 'the role, three words, the finish and the end')
  for (const [index, waitMs] of [60, 30, 30].entries()) longerThan(waitMs, gaps[index] ?? 0)
})

test('what stands before a wait is sent before it', async () => {
  await using upstream = await startOpenAIUpstream()
  const never = 3_600_000
  for (const [behaviour, last] of [
    [{ timeToFirstTokenMs: never }, '"content":""'],
    [{ chunkGapMs: never }, '"one"'],
  ] as const) {
    upstream.next({ ...three, ...behaviour })
    assert.ok((await leaveAfter(upstream, last)).text.includes(last))
  }
})

test('an answer is held until the test lets go, and a client need not wait for it', async () => {
  await using upstream = await startOpenAIUpstream()
  const { journal, url } = upstream
  const gate = Promise.withResolvers<void>()
  upstream.next({ heldUntil: gate.promise }, {}, { heldUntil: gate.promise })
  const held = post(`${url}/v1/chat/completions`, ask)
  await journal.waitFor(({ rawBody }) => rawBody.length > 0, patienceMs)
  assert.equal((await post(`${url}/v1/chat/completions`, ask)).status, 200)
  await assert.rejects(hangUp(upstream, ask), { name: 'AbortError' })
  await journal.waitUntil(() => journal.requests[2]?.ended !== 'open', patienceMs)
  assert.deepEqual(
    journal.requests.map(({ ended }) => ended),
    ['open', 'complete', 'client_closed'],
  )
  gate.resolve()
  assert.equal((await held).status, 200)
})

test('a reply that does not stream waits for all of it before the headers', async () => {
  const reply = await openai({ ...three, timeToFirstTokenMs: 40, chunkGapMs: 20 }, ask)
  longerThan(80, reply.headersAtMs)
})

test('an error in a stream comes at its place and ends it', async () => {
  const first = await openai({ inBandErrorAfter: 0 })
  assert.equal(first.status, 200)
  assert.equal(sseData(first.text).length, 1)
  assert.equal(at(sseJson(first.text)[0], 'error.type'), 'server_error')
  const later = await openai({ ...three, inBandErrorAfter: 2, errorBody: { error: { message: 'mine' } } })
  assert.deepEqual(sseJson(later.text)[2], { error: { message: 'mine' } })
  assert.equal(sseData(later.text).length, 3)
  assert.deepEqual(Object.keys(lineJson((await ollama({ inBandErrorAfter: 1 })).text)[1] ?? {}), ['error'])
  const whole = await openai({ inBandErrorAfter: 0 }, ask)
  assert.deepEqual([whole.status, Object.keys(whole.json)], [200, ['error']])
})

test('a truncated answer ends properly, without saying that it is over', async () => {
  const stream = await openai({ ...three, truncateAfter: 2 })
  assert.equal(stream.ended, 'complete')
  assert.deepEqual(contents(stream), ['', 'one'])
  const lines = lineJson((await ollama({ ...three, truncateAfter: 3 })).text)
  assert.ok(lines.every((line) => line.done === false))
  const body = await openai({ truncateAfter: 1 }, ask)
  assert.equal(body.ended, 'complete')
  assert.throws(() => JSON.parse(body.text))
})

test('a disconnect comes after exactly so many frames', async () => {
  for (const [disconnectAfter, frames] of [
    [0, 0],
    [1, 1],
    [3, 3],
    [99, 6],
  ] as const) {
    const reply = await openai({ ...three, disconnectAfter })
    assert.deepEqual([reply.status, reply.ended, sseData(reply.text).length], [200, 'broken', frames])
  }
  await assert.rejects(openai({ disconnectAfter: -1 }), { code: 'ECONNRESET' })
  const body = await openai({ disconnectAfter: 1 }, ask)
  assert.equal(body.ended, 'broken')
  assert.equal(body.text.length, Math.ceil(Number(body.headers['content-length']) / 2))
})

test('a hanging upstream sends what it has and no more', async () => {
  await using upstream = await startOpenAIUpstream()
  upstream.next({ ...three, hang: 'after_headers' }, { ...three, hang: 'mid_stream' }, { hang: 'before_headers' })
  const headersOnly = await leaveAfter(upstream, '')
  assert.deepEqual([headersOnly.ended, sseData(headersOnly.text).length], ['broken', 0])
  const half = await leaveAfter(upstream, '"one"')
  assert.deepEqual([half.ended, sseData(half.text).length], ['broken', 2])
  await assert.rejects(hangUp(upstream, ask), { name: 'AbortError' })
  await upstream.journal.waitUntil(() => upstream.openConnections === 0, patienceMs)
  assert.deepEqual(
    upstream.journal.requests.map((request) => request.ended),
    Array(3).fill('client_closed'),
  )
})

/** Asks, and leaves once the body has this; an empty one is there with the headers. Then nothing came for a while. */
async function leaveAfter(upstream: Upstream, text: string): Promise<RawReply> {
  const leaving = new AbortController()
  return post(`${upstream.url}/v1/chat/completions`, streamed, {
    signal: leaving.signal,
    onRead: (sofar) => {
      if (sofar.includes(text)) setTimeout(() => leaving.abort(), 20)
    },
  })
}

/** Asks, and leaves when the upstream has the whole request. */
async function hangUp(upstream: Upstream, body: JsonObject): Promise<RawReply> {
  const leaving = new AbortController()
  const before = upstream.journal.requests.length
  const sent = post(`${upstream.url}/v1/chat/completions`, body, { signal: leaving.signal })
  const arrived = upstream.journal.waitUntil(
    () => (upstream.journal.requests[before]?.rawBody.length ?? 0) > 0,
    patienceMs,
  )
  arrived.then(
    () => setTimeout(() => leaving.abort(), 20),
    () => leaving.abort(),
  )
  return sent
}

test('lines may end with CR LF and comments may come between the frames', async () => {
  const reply = await openai({ ...three, lineEnding: 'crlf', comments: true })
  assert.equal(reply.text.replaceAll('\r\n', '').includes('\n\n'), true)
  assert.equal(reply.text.match(/: keep-alive\n\n/g)?.length, 6)
  assert.equal(reply.text.match(/\r\n\r\n/g)?.length, 6)
  const lines = await ollama({ lineEnding: 'crlf', comments: true })
  assert.ok(lines.text.endsWith('}\r\n'))
  assert.doesNotMatch(lines.text, /keep-alive/)
})

test('usage is where the script puts it', async () => {
  const usageAt = (reply: RawReply) =>
    sseJson(reply.text)
      .map((chunk) => (at(chunk, 'usage.total_tokens') === undefined ? 0 : 1))
      .join('')
  assert.equal(usageAt(await openai(three)), '00000')
  assert.equal(usageAt(await openai({ ...three, usage: 'present' })), '000001')
  assert.equal(usageAt(await openai({ ...three, usage: 'inline' })), '00010')
  const late = await openai({ ...three, usage: 'late' })
  assert.equal(usageAt(late), '000001')
  await using upstream = await startOpenAIUpstream()
  const gaps = gapsOf(await written(upstream, { ...three, usage: 'late' }))
  longerThan(50, gaps[4] ?? 0)
  const include = { ...streamed, stream_options: { include_usage: true } }
  assert.equal(usageAt(await openai({ ...three, usage: 'absent' }, include)), '00000')
  assert.equal(at((await openai({ usage: 'absent' }, ask)).json, 'usage'), undefined)
  assert.equal(at((await openai({ usage: 'zero' }, ask)).json, 'usage.total_tokens'), 0)
})

test('images count on both wires', async () => {
  const image = 'iVBORw0KGgo='
  const parts = [
    { type: 'text', text: 'Look' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
  ]
  const compatible = await openai({}, { ...ask, messages: [{ role: 'user', content: parts }] })
  assert.equal(at(compatible.json, 'usage.prompt_tokens'), 1 + simulatedTokensPerImage)
  const messages = [{ role: 'user', content: 'Look', images: [image] }]
  const native = await ollama({}, { ...ask, stream: false, messages, keep_alive: '10m' })
  assert.equal(native.json.prompt_eval_count, 1 + simulatedTokensPerImage)
})

test('scripted numbers are reported in the words of each wire', async () => {
  const usage = { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 64 } }
  const reply = await openai({ usage }, ask)
  assert.partialDeepStrictEqual(reply.json.usage, { ...usage, total_tokens: 120 })
  const native = await ollama({ usage }, { ...ask, stream: false })
  assert.deepEqual([native.json.prompt_eval_count, native.json.eval_count], [100, 20])
  assert.equal('eval_count' in (await ollama({ usage: 'absent' }, { ...ask, stream: false })).json, false)
  assert.equal((await ollama({ usage: 'zero' }, { ...ask, stream: false })).json.eval_count, 0)
})
