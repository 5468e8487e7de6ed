// Streams over real HTTP: the client gets the upstream's own bytes, an honest end, and leaves nothing behind.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { describe, test } from 'node:test'
import type { Behaviour, JsonObject, RecordedRequest, Upstream } from '../../src/testing/index.ts'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import fc from '../make/property.ts'
import { Ask, answerText, ask, errorOf, events, type Reply } from './client.ts'
import { critical, nanoOf, openaiPrice, question, startWorld, until, type World } from './world.ts'

const both = [false, true] as const
const answeredBy = (reply: Reply) => reply.headers['x-aegis-provider']
const DONE = 'data: [DONE]\n\n'
const streamed = (more: JsonObject = {}) => critical({ stream: true, max_tokens: 400, ...more })
const withUsage = { stream_options: { include_usage: true } }
const PATIENCE_MS = 60_000

const chunk = (delta: JsonObject, finish: string | null = null, more: JsonObject = {}) =>
  JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  })
const event = (json: string, end = '\n') => `data: ${json}${end}${end}`
const usageOf = (input: number, output: number) =>
  JSON.stringify({ id: 'c1', choices: [], usage: { prompt_tokens: input, completion_tokens: output } })

/** Events that a careless reader trips over. */
const oddFrames = [
  ': OPENROUTER PROCESSING\n\n',
  event(chunk({ role: 'assistant', content: '' })),
  event(chunk({ content: 'Größe 🙂 "usage":{ and "error" and [DONE] ' }), '\r\n'),
  `event: message\nid: 7\n${event(chunk({ content: 'named' }))}`,
  ': ping\r\n\r\n',
  'data:{"id":"c1","choices":[{"index":0,"delta":{"content":"no space"}}]}\n\n',
  event(chunk({ content: '\u2028 line separator' }, null, { usage: null, x_vendor: { a: [1, 2] } })),
  `retry: 3000\n\n${event(chunk({ reasoning_content: 'hm' }))}`,
  event(chunk({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'f', arguments: '{"error":1}' } }] })),
  event(chunk({}, 'stop'), '\r\n'),
]

describe('a stream of the OpenAI wire', { concurrency: true }, () => {
  test('is what the upstream sent, byte for byte', async () => {
    await using world = await startWorld()
    world.openai.next({ rawFrames: [...oddFrames, DONE] })
    const reply = await world.chat(streamed())
    assert.equal(reply.text, oddFrames.join('') + DONE)
    assert.match(String(reply.headers['content-type']), /^text\/event-stream/)
    assert.equal(reply.ended, 'complete')
  })

  test('is the same however the network cuts it', async () => {
    await using world = await startWorld()
    const frames = [...oddFrames, event(usageOf(9, 4)), DONE]
    const whole = Buffer.from(frames.join(''))
    const cuts = fc.array(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(cuts, fc.boolean(), async (places, everyByte) => {
        const at = everyByte ? Array.from({ length: whole.length }, (_, index) => index) : places
        const sorted = [0, ...new Set(at.toSorted((left, right) => left - right)), whole.length]
        world.openai.next({
          rawFrames: sorted.slice(1).map((end, index) => whole.subarray(sorted[index], end)),
        })
        const reply = await world.chat(streamed())
        assert.equal(reply.text, oddFrames.join('') + DONE)
      }),
      { numRuns: 25 },
    )
  })

  test('passes each event on when it comes', async () => {
    await using world = await startWorld()
    world.openai.next({ rawFrames: oddFrames.slice(0, 4), hang: 'mid_stream' })
    const open = world.open(streamed())
    await open.seen('named')
    assert.equal(open.received, oddFrames.slice(0, 4).join(''))
    open.leave()
  })

  test('keeps generated streams with CR LF and comments as they are', async () => {
    for (const behaviour of [{ lineEnding: 'crlf' }, { comments: true }, { usage: 'inline' }] as const) {
      await using world = await startWorld()
      world.openai.next(behaviour)
      const reply = await world.chat(streamed())
      const direct = await ask(`${world.openai.url}/v1/chat/completions`, {
        ...question(),
        model: 'gpt-4o',
        stream: true,
        ...('usage' in behaviour ? {} : withUsage),
      })
      assert.equal(events(reply.text).at(-1), '[DONE]')
      const expected = events(direct.text).length - ('usage' in behaviour ? 0 : 1)
      assert.equal(events(reply.text).length, expected, 'the frame of the usage is dropped and no other')
      if ('lineEnding' in behaviour) assert.ok(reply.text.includes('\r\n\r\ndata: '))
      if ('comments' in behaviour) assert.ok(reply.text.startsWith(': keep-alive\n\n'))
    }
  })

  test('asks for the usage and drops its frame when the caller did not ask', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    world.openai.next({ rawFrames: [...oddFrames, event(usageOf(20, 6)), DONE] })
    const reply = await world.chat(streamed())
    assert.equal(reply.text, oddFrames.join('') + DONE)
    assert.deepEqual(world.openai.journal.requests[0]?.json?.stream_options, { include_usage: true })
    await world.atRest()
    assert.equal((await world.budget('openai')).spent, nanoOf(20, 6, openaiPrice))
  })

  test('has the usage with its cost when the caller asked, in whatever line ending', async () => {
    for (const end of ['\n', '\r\n']) {
      await using world = await startWorld({ limits: { openai: 10 } })
      world.openai.next({ rawFrames: [...oddFrames, event(usageOf(20, 6), end), `data: [DONE]${end}${end}`] })
      const reply = await world.chat(streamed(withUsage))
      const priced = event(usageOf(20, 6), end).replace('"usage":{', '"usage":{"cost":0.00011,')
      assert.equal(reply.text, oddFrames.join('') + priced + DONE)
    }
  })

  test('without [DONE] is complete once it had a finish reason', async () => {
    const endings = [
      [event(chunk({ content: 'Paris' })), event(chunk({}, 'stop'))],
      [event(chunk({ content: 'Paris' })), `: bye\n\n${event(chunk({}, 'stop'))}`],
      [event(chunk({ content: 'Paris' })), `${event(chunk({}, 'length'))}: bye\n\n`],
      [event(chunk({ content: 'Paris' })), event(chunk({}, 'stop')), ': bye\n\n'],
      [event(chunk({ content: 'Paris' })), event(chunk({}, 'stop')), event(usageOf(3, 1))],
    ]
    for (const rawFrames of endings) {
      await using world = await startWorld()
      world.openai.next({ rawFrames })
      const reply = await world.chat(streamed())
      assert.ok(reply.text.endsWith(DONE), reply.text)
      assert.equal(reply.text.match(/\[DONE\]/g)?.length, 1)
      await world.atRest()
      assert.equal((await world.usage())[0]?.status, 'ok')
    }
  })

  test('ends at [DONE], though the upstream leaves its connection open', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    world.openai.next({
      rawFrames: [event(chunk({ content: 'Paris' }, 'stop')), event(usageOf(8, 2)), DONE],
      hang: 'mid_stream',
    })
    const reply = await world.chat(streamed())
    assert.ok(reply.text.endsWith(DONE))
    await world.atRest()
    assert.equal((await world.budget('openai')).spent, nanoOf(8, 2, openaiPrice))
  })
})

describe('a stream of Ollama', { concurrency: true }, () => {
  test('is an error and not an answer when it stops before its last line', async () => {
    for (const behaviour of [
      { truncateAfter: 3 },
      { disconnectAfter: 3 },
      { rawFrames: ['{"message":{"content":"Pa"}}\n{"mess'] },
    ]) {
      await using world = await startWorld()
      world.local_ollama.next(behaviour)
      const reply = await world.chat(question({ stream: true }))
      assert.equal(reply.status, 200)
      assert.equal(errorOf(reply).code, 'upstream_error')
      assert.ok(!reply.text.includes('[DONE]'))
      await world.atRest()
      assert.equal((await world.usage())[0]?.status, 'interrupted')
    }
  })

  test("is an error on Ollama's own route too", async () => {
    await using world = await startWorld()
    world.local_ollama.next({ truncateAfter: 3 })
    const reply = await ask(`${world.gateway.url}/api/chat`, question({ stream: true }))
    const last = JSON.parse(reply.text.trimEnd().split('\n').at(-1) ?? '') as JsonObject
    assert.equal(typeof last.error, 'string')
    assert.ok(!reply.text.includes('"done":true'))
  })

  test('ends with its last line, though the server leaves its connection open', async () => {
    await using world = await startWorld()
    world.local_ollama.next({
      rawFrames: [
        '{"message":{"content":"Paris"}}\n',
        '{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":4,"eval_count":1}\n',
      ],
      hang: 'mid_stream',
    })
    const reply = await world.chat(question({ stream: true, ...withUsage }))
    assert.equal(answerText(reply), 'Paris')
    assert.ok(reply.text.endsWith(DONE))
  })

  test('numbers parallel tool calls', async () => {
    await using world = await startWorld()
    world.local_ollama.next({
      toolCalls: [
        { name: 'one', arguments: { a: 1 } },
        { name: 'two', arguments: { b: 2 } },
      ],
    })
    const reply = await world.chat(question({ stream: true }))
    const calls = [...reply.text.matchAll(/"index":(\d),"id":"([^"]+)","type":"function"/g)]
    assert.deepEqual(
      calls.map(([, index]) => index),
      ['0', '1'],
    )
    assert.equal(new Set(calls.map(([, , id]) => id)).size, 2)
  })
})

describe('a stream that dies after it has begun', { concurrency: true }, () => {
  const deaths: readonly (readonly [name: string, behaviour: Behaviour, code: string])[] = [
    ['by a broken connection', { disconnectAfter: 5 }, 'upstream_error'],
    ['by an end without finish reason', { truncateAfter: 5 }, 'upstream_error'],
    ['by silence', { hang: 'mid_stream' }, 'upstream_timeout'],
  ]
  for (const [name, behaviour, code] of deaths) {
    for (const provider of ['openai', 'local_ollama'] as const) {
      test(`${name} at ${provider} ends with one error event, no [DONE], and the connection`, async () => {
        const entry = name === 'by silence' ? { idle_timeout_ms: 1500 } : {}
        await using world = await startWorld({
          limits: { openai: 10 },
          providers: { openai: entry, local_ollama: entry },
        })
        world[provider].next(behaviour)
        using agent = keepingAgent()
        const open = world.open(provider === 'openai' ? streamed() : question({ stream: true }), { agent })
        const { socket } = await open.response
        const closed = once(socket, 'close')
        const reply = await open.reply
        assert.equal(reply.status, 200)
        assert.equal(reply.ended, 'complete')
        const last = events(reply.text)
        const errors = last.filter((data) => data.startsWith('{"error"'))
        assert.deepEqual(errors, last.slice(-1))
        assert.equal(errorOf(reply).code, code)
        assert.ok(!reply.text.includes('[DONE]'))
        await closed
        await world.atRest()
        const others = (['openai', 'ollama_cloud', 'local_ollama'] as const).filter((other) => other !== provider)
        for (const other of others) assert.deepEqual(world[other].journal.requests, [])
        assert.equal((await world.usage())[0]?.status, 'interrupted')
      })
    }
  }

  test("by the upstream's own error event ends with that event", async () => {
    await using world = await startWorld()
    world.openai.next({
      inBandErrorAfter: 5,
      errorBody: { error: { message: 'The server had an error', type: 'server_error', code: null } },
    })
    const reply = await world.chat(streamed())
    assert.deepEqual(errorOf(reply), { message: 'The server had an error', type: 'server_error', code: null })
    assert.equal(events(reply.text).filter((data) => data.includes('"error"')).length, 1)
    assert.ok(!reply.text.includes('[DONE]'))
  })
})

describe('a client that does not read', { concurrency: true }, () => {
  const frame = Buffer.from(event(chunk({ content: 'x'.repeat(64 * 1024) })))
  const frames = 1600
  const huge: Behaviour = {
    rawFrames: [...Array<Buffer>(frames).fill(frame), Buffer.from(event(chunk({}, 'stop'))), DONE],
  }
  /** Socket buffers of two hops and what the gateway holds; far below the hundred megabytes of the whole. */
  const bound = (frame.length * frames) / 2

  /** Resolves when the upstream has sent nothing for a while, in which this process had many turns to send. */
  async function stalled(upstream: Upstream): Promise<RecordedRequest> {
    const running = await upstream.journal.waitFor(({ bytesSent }) => bytesSent > 0, PATIENCE_MS)
    let sent = -1
    let sinceMs = performance.now()
    let turns = 0
    await until(() => {
      turns += 1
      if (running.bytesSent !== sent) {
        sent = running.bytesSent
        sinceMs = performance.now()
        turns = 0
      }
      return turns > 50 && performance.now() - sinceMs > 400
    }, 'the upstream stalls')
    return running
  }

  /** False when the deadline came before the upstream stalled. Asserts that the client does not take it for an end. */
  async function isCutOff(path: string, timeoutMs: number): Promise<boolean> {
    await using world = await startWorld({ limits: { openai: 1000 }, config: { routing: { timeout_ms: timeoutMs } } })
    world.openai.next(huge)
    const { sent } = unread(world, path)
    const [response] = await once(sent, 'response')
    if ((await stalled(world.openai)).ended !== 'open') return false
    const running = await world.openai.journal.waitFor(({ ended }) => ended !== 'open', PATIENCE_MS)
    assert.equal(running.ended, 'client_closed')
    assert.ok(running.bytesSent < bound)
    await world.atRest()
    await assert.rejects(async () => {
      for await (const _ of response as AsyncIterable<Buffer>);
    })
    return true
  }

  function unread(world: World, path = '/v1/chat/completions'): { readonly sent: ReturnType<typeof request> } {
    const sent = request(`${world.gateway.url}${path}`, { method: 'POST', agent: false })
    sent.on('error', () => {})
    sent.end(JSON.stringify(streamed()))
    return { sent }
  }

  test('stops the upstream after a few megabytes, and gets everything when it reads at last', async () => {
    await using world = await startWorld()
    world.openai.next(huge)
    const { sent } = unread(world)
    const [response] = await once(sent, 'response')
    const running = await stalled(world.openai)
    assert.ok(running.bytesSent < bound, `${running.bytesSent} bytes were taken for a client that reads nothing`)
    let bytes = 0
    let tail = Buffer.alloc(0)
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length
      tail = Buffer.concat([tail, piece]).subarray(-200)
    }
    assert.equal(bytes, frame.length * frames + event(chunk({}, 'stop')).length + DONE.length)
    assert.ok(tail.toString().endsWith(DONE))
    await world.atRest()
  })

  for (const path of ['/v1/chat/completions', '/api/chat']) {
    test(`is cut off when the deadline of its request has passed, on ${path}`, async () => {
      // While bytes still flow a deadline is told instead; on a busy machine they flow for longer.
      for (let timeoutMs = 3000; !(await isCutOff(path, timeoutMs)); timeoutMs *= 2) {
        assert.ok(timeoutMs < PATIENCE_MS, 'the upstream never stalled before the deadline')
      }
    })
  }

  test('and then leaves closes the upstream and is charged', async () => {
    await using world = await startWorld({ limits: { openai: 1000 } })
    world.openai.next(huge)
    const { sent } = unread(world)
    await once(sent, 'response')
    await stalled(world.openai)
    sent.destroy()
    await world.openai.journal.waitFor(({ ended }) => ended === 'client_closed', PATIENCE_MS)
    await world.atRest()
    assert.ok((await world.budget('openai')).spent > 0)
  })
})

describe('a client that leaves', { concurrency: true }, () => {
  const closedAt = (upstream: Upstream) =>
    upstream.journal.waitFor(({ ended }) => ended === 'client_closed', PATIENCE_MS)
  const arrivedAt = (upstream: Upstream) => upstream.journal.waitFor(({ rawBody }) => rawBody.length > 0, PATIENCE_MS)

  test('while it sends its body leaves nothing behind', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    const open = new Ask(`${world.gateway.url}/v1/chat/completions`, undefined, {
      headers: { 'content-length': '5000', expect: '100-continue' },
    })
    await open.continued
    open.write('{"messages": [')
    open.leave()
    await assert.rejects(open.reply)
    assert.equal((await world.chat(critical())).status, 200)
    await world.atRest()
    assert.equal(world.openai.journal.requests.length, 1)
    assert.deepEqual(world.gateway.log, [])
  })

  test('while it waits for a connection is never sent, costs nothing, and frees its place', async () => {
    await using world = await startWorld({ limits: { openai: 10 }, providers: { openai: { max_connections: 1 } } })
    world.openai.next({ hang: 'before_headers' })
    const first = world.open(streamed())
    await arrivedAt(world.openai)
    const heldByFirst = (await world.budget('openai')).reserved
    const queued = world.open(streamed({ user: 'the one that waits' }))
    await until(() => world.metric('llm_in_flight') === 2, 'the second request is under way')
    queued.leave()
    await until(() => world.metric('llm_in_flight') === 1, 'the second request is over')
    assert.equal((await world.budget('openai')).reserved, heldByFirst)
    assert.equal((await world.budget('openai')).spent, 0)
    const third = world.open(streamed())
    await until(() => world.metric('llm_in_flight') === 2, 'the third request is under way')
    first.leave()
    assert.equal(answeredBy(await third.reply), 'openai')
    await world.atRest()
    assert.equal(world.openai.journal.requests.length, 2)
    assert.ok(!world.openai.journal.allBytes().includes('the one that waits'))
  })

  for (const stream of both) {
    for (const provider of ['openai', 'ollama_cloud', 'local_ollama'] as const) {
      const hints = {
        openai: { quality_requirement: 'critical', complexity: 'high' },
        ollama_cloud: { batch_size: 20 },
        local_ollama: {},
      }
      const body = question({ stream, max_tokens: 400, aegis: hints[provider] })
      for (const hang of ['before_headers', 'after_headers', 'mid_stream'] as const) {
        if (hang === 'mid_stream' && !stream) continue
        test(`${hang.replace('_', ' ')} closes ${provider} and settles, ${stream ? 'streamed' : 'whole'}`, async () => {
          await using world = await startWorld({ limits: { openai: 10, ollama_cloud: 10 } })
          const upstream = world[provider]
          upstream.next({ hang })
          const open = world.open(body)
          if (hang === 'mid_stream') await open.seen('"content":')
          else await arrivedAt(upstream)
          open.leave()
          await closedAt(upstream)
          await world.atRest()
          const [row] = await world.usage()
          assert.equal(row?.status, 'client_closed')
          if (provider !== 'local_ollama') assert.ok((await world.budget(provider)).spent > 0)
          assert.equal(
            world.openai.journal.requests.length +
              world.ollama_cloud.journal.requests.length +
              world.local_ollama.journal.requests.length,
            1,
          )
          assert.equal((await world.chat(body)).status, 200)
        })
      }
    }
  }

  test('while a provider proves that it is local closes that question', async () => {
    await using world = await startWorld()
    world.local_ollama.alwaysAt('/api/show', { hang: 'before_headers' })
    const open = world.open(question({ aegis: { data_classification: 'pii' } }))
    await world.local_ollama.journal.waitFor(
      ({ path, rawBody }) => path === '/api/show' && rawBody.length > 0,
      PATIENCE_MS,
    )
    open.leave()
    await closedAt(world.local_ollama)
    await world.atRest()
  })

  test("in the middle of a stream of Ollama's own route closes the upstream", async () => {
    await using world = await startWorld()
    world.local_ollama.next({ hang: 'mid_stream' })
    const open = new Ask(`${world.gateway.url}/api/chat`, question({ stream: true }))
    await open.seen('"content":')
    open.leave()
    await closedAt(world.local_ollama)
    await world.atRest()
  })

  test('right after the last frame is settled by its usage', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    world.openai.next({
      rawFrames: [event(chunk({ content: 'Paris' }, 'stop')), event(usageOf(7, 2))],
      hang: 'mid_stream',
    })
    const open = world.open(streamed(withUsage))
    await open.seen('"cost":')
    open.leave()
    await closedAt(world.openai)
    await world.atRest()
    assert.equal((await world.budget('openai')).spent, nanoOf(7, 2, openaiPrice))
    assert.equal((await world.usage())[0]?.usageQuality, 'reported')
  })

  test('gives its connection back: of a pool of two, two are left and the third succeeds', async () => {
    for (const hang of ['before_headers', 'after_headers', 'mid_stream'] as const) {
      await using world = await startWorld({ providers: { openai: { max_connections: 2 } } })
      world.openai.next({ hang }, { hang })
      const leavers = [world.open(streamed()), world.open(streamed())]
      await world.openai.journal.waitUntil(
        () => world.openai.journal.requests.filter(({ rawBody }) => rawBody.length > 0).length === 2,
        PATIENCE_MS,
      )
      if (hang === 'mid_stream') for (const leaver of leavers) await leaver.seen('"content":"[')
      for (const leaver of leavers) leaver.leave()
      const third = await world.chat(streamed())
      assert.equal(answeredBy(third), 'openai')
      assert.equal(third.headers['x-aegis-attempts'], '1')
    }
  })

  test('again and again leaves no request and no reservation behind', async () => {
    await using world = await startWorld({ limits: { openai: 1000 }, providers: { openai: { max_connections: 8 } } })
    world.openai.always({ chunkGapMs: 1 })
    let number = 0
    await Promise.all(
      Array.from({ length: 80 }, async () => {
        const open = world.open(streamed())
        number += 1
        if (number % 4 === 0) await open.seen('data: ')
        else if (number % 4 === 1) await open.response
        else if (number % 4 === 2) await new Promise((resolve) => setImmediate(resolve))
        open.leave()
      }),
    )
    await world.atRest()
    await until(() => world.openai.journal.requests.every(({ ended }) => ended !== 'open'), 'all upstream requests end')
    world.openai.always({})
    assert.equal(answeredBy(await world.chat(streamed())), 'openai')
  })
})

test('sixty-four concurrent streams get only their own frames', async () => {
  await using openai = await startOpenAIUpstream({ echo: true })
  await using local = await startOllamaUpstream({ echo: true, models: ['llama3.2:8b'] })
  openai.always({ chunkGapMs: 1 })
  local.always({ chunkGapMs: 1 })
  await using world = await startWorld({
    providers: { openai: { base_url: openai.url, max_connections: 24 }, local_ollama: { base_url: local.url } },
  })
  const replies = await Promise.all(
    Array.from({ length: 64 }, async (_, index) => {
      const mine = `<${String(index).padStart(3, '0')}>`
      const messages = [{ role: 'user', content: `${mine} `.repeat(20) }]
      const more = { stream: true, messages }
      return { mine, reply: await world.chat(index % 2 === 0 ? critical(more) : question(more)) }
    }),
  )
  for (const { mine, reply } of replies) {
    const marks = answerText(reply).match(/<\d{3}>/g) ?? []
    assert.equal(marks.length, 20)
    assert.ok(
      marks.every((mark) => mark === mine),
      `${mine} got ${[...new Set(marks)].join()}`,
    )
    assert.ok(reply.text.endsWith(DONE))
  }
})

test('the connection of a client is used again after a stream', async () => {
  await using world = await startWorld()
  using agent = keepingAgent()
  const ports = new Set<number | undefined>()
  for (const body of [streamed(), question({ stream: true }), critical(), streamed(withUsage), question()]) {
    const open = world.open(body, { agent })
    const { socket } = await open.response
    ports.add(socket.localPort)
    const reply = await open.reply
    assert.deepEqual([reply.status, reply.ended], [200, 'complete'])
    // The socket goes back to the agent when the response has been read to its end.
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(ports.size, 1)
})

function keepingAgent(): Agent & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() })
}
