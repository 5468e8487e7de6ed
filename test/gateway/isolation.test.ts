// Proves that requests which share connections share nothing else: each gets its own answer, in its own order.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Agent, request } from 'undici'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, startGateway } from '../make/gateway.ts'
import { hear } from './http-client.ts'

/** The upstreams repeat what they are asked, so that an answer shows whose it is. */
async function startEchoing(fastLane = true) {
  const ollama = await startOllamaUpstream({ echo: true })
  const openai = await startOpenAIUpstream({ echo: true })
  const providers = { local: localOllama(ollama), openai: openAIProvider(openai) }
  const gateway = await startGateway({ providers, budgets: { monthly_limits: { openai: 1000 } } }, { fastLane })
  const close = async () => {
    await gateway.close()
    await Promise.all([ollama.close(), openai.close()])
  }
  return { ollama, openai, gateway, [Symbol.asyncDispose]: close }
}

interface Kind {
  readonly path: string
  readonly status: number
  readonly provider?: string
  body(mark: string): object
}

const asking = (mark: string) => ({ model: 'auto', messages: [{ role: 'user', content: mark }] })
const kinds: readonly Kind[] = [
  { path: '/v1/chat/completions', status: 200, provider: 'local', body: asking },
  {
    path: '/v1/chat/completions',
    status: 200,
    provider: 'openai',
    body: (mark) => ({ ...asking(mark), model: 'gpt-4o' }),
  },
  { path: '/v1/chat/completions', status: 200, provider: 'local', body: (mark) => ({ ...asking(mark), stream: true }) },
  {
    path: '/v1/chat/completions',
    status: 200,
    provider: 'openai',
    body: (mark) => ({ ...asking(mark), model: 'gpt-4o', stream: true }),
  },
  {
    path: '/v1/chat/completions',
    status: 200,
    provider: 'local',
    body: (mark) => ({ ...asking(mark), model: 'gpt-4o', aegis: { data_classification: 'pii' } }),
  },
  { path: '/api/chat', status: 200, provider: 'local', body: asking },
  {
    path: '/api/chat',
    status: 200,
    provider: 'openai',
    body: (mark) => ({ ...asking(mark), model: 'gpt-4o', stream: false }),
  },
  { path: '/v1/chat/completions', status: 400, body: (mark) => ({ ...asking(mark), temperature: mark }) },
  { path: '/v1/chat/completions', status: 404, body: (mark) => ({ ...asking(mark), model: mark }) },
  { path: '/v1/explain', status: 200, body: asking },
]

/** All text of an answer, whatever its form: streams cut the mark into pieces. */
function marksIn(text: string): readonly string[] {
  const pieces = [...text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)].map(([, piece]) => piece)
  return [...new Set(pieces.join('').match(/mark-\d+-end/g) ?? [])]
}

test('two hundred mixed requests on four connections get their own answers', async () => {
  await using world = await startEchoing()
  const dispatcher = new Agent({ connections: 4, pipelining: 1 })
  for (const upstream of [world.ollama, world.openai]) upstream.always({ timeToFirstTokenMs: 2, chunkGapMs: 1 })
  const ids = new Set<unknown>()
  const askOne = async (index: number) => {
    const mark = `mark-${index}-end`
    const kind = kinds[index % kinds.length]
    assert.ok(kind)
    const options = { method: 'POST' as const, body: JSON.stringify(kind.body(mark)), dispatcher }
    const reply = await request(world.gateway.url + kind.path, { ...options, headers: { 'x-correlation-id': mark } })
    const text = await reply.body.text()
    assert.equal(reply.statusCode, kind.status, text)
    assert.equal(reply.headers['x-correlation-id'], mark)
    assert.equal(reply.headers['x-aegis-provider'], kind.provider)
    assert.deepEqual(marksIn(text), kind.provider ? [mark] : [], `answer ${index}`)
    ids.add(reply.headers['x-aegis-request-id'])
  }
  await Promise.all(Array.from({ length: 200 }, (_, index) => askOne(index)))
  assert.equal(ids.size, 200)
  await dispatcher.close()
  const restricted = kinds.findIndex(({ body }) => 'aegis' in body(''))
  const asked = world.openai.journal.requests.map(({ rawBody }) =>
    Number(/mark-(\d+)-end/.exec(rawBody.toString())?.[1]),
  )
  assert.ok(
    asked.every((index) => index % kinds.length !== restricted),
    'no restricted mark went to the cloud',
  )
  const budgets = await world.gateway.aegis.gateway.proxy.ledger.budgets()
  const budget = budgets.find(({ subject }) => subject === 'openai')
  assert.equal(budget?.reserved, 0)
})

for (const lane of ['fast', 'node']) {
  test(`${lane} lane: pipelined requests are answered in their order, each with its own answer`, async () => {
    await using world = await startEchoing(lane === 'fast')
    const count = 60
    for (const upstream of [world.ollama, world.openai]) {
      upstream.next(...Array.from({ length: count }, (_, index) => ({ timeToFirstTokenMs: (index * 7) % 20 })))
    }
    const marks = Array.from({ length: count }, (_, index) => `mark-${index}-end`)
    const wire = marks.map((mark, index) => {
      const kind = kinds[index % kinds.length]
      const body = JSON.stringify(kind?.body(mark))
      const last = index === count - 1 ? 'Connection: close\r\n' : ''
      return `POST ${kind?.path} HTTP/1.1\r\nHost: localhost\r\nX-Correlation-Id: ${mark}\r\n${last}Content-Length: ${body.length}\r\n\r\n${body}`
    })
    const socket = connect({ port: world.gateway.port, host: '127.0.0.1' })
    const heard = hear(socket)
    socket.write(wire.join(''))
    await heard.end
    const replies = heard.text().split(/(?=HTTP\/1\.1 \d{3} )/)
    assert.equal(replies.length, count)
    for (const [index, reply] of replies.entries()) {
      const kind = kinds[index % kinds.length]
      assert.equal(Number(reply.slice(9, 12)), kind?.status)
      assert.match(reply, new RegExp(`^x-correlation-id: mark-${index}-end\r$`, 'm'))
      assert.deepEqual(marksIn(reply), kind?.provider ? [marks[index]] : [], `answer ${index}`)
    }
  })
}

for (const [lane, begun] of [
  // The fast lane begins a request when the one before is answered, node:http all of a pipeline at once.
  ['fast', 1],
  ['node', 5],
] as const) {
  test(`${lane} lane: a client that leaves in the middle of a pipeline cancels its own requests only`, async () => {
    await using world = await startEchoing(lane === 'fast')
    world.ollama.always({ hang: 'before_headers' })
    const body = JSON.stringify(asking('mark-1-end'))
    const one = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const leaving = connect({ port: world.gateway.port, host: '127.0.0.1' })
    const staying = connect({ port: world.gateway.port, host: '127.0.0.1' })
    const heard = hear(staying)
    leaving.on('error', () => {})
    leaving.write(one.repeat(5))
    const { journal } = world.ollama
    await journal.waitUntil(() => journal.requests.length === begun, 60_000)
    world.ollama.always({ timeToFirstTokenMs: 50 })
    staying.write(one)
    await journal.waitUntil(() => journal.requests.length === begun + 1, 60_000)
    leaving.destroy()
    await journal.waitUntil(
      () => journal.requests.filter(({ ended }) => ended === 'client_closed').length === begun,
      60_000,
    )
    await heard.until(/You said: mark-1-end/)
    staying.destroy()
    assert.match(world.gateway.aegis.gateway.renderMetrics(), /^llm_in_flight 0$/m)
    assert.equal(journal.requests.length, begun + 1)
  })
}
