// Proves that LangSmith gets no byte of a restricted call, with a tracer of the caller's or the one that LangChain adds itself.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { RunnableLambda } from '@langchain/core/runnables'
import { LangChainTracer } from '@langchain/core/tracers/tracer_langchain'
import { ChatAegis } from '../../src/langchain/index.ts'
import { until } from '../e2e/world.ts'
import { startConnected } from '../make/connection.ts'

/** A server in LangSmith's place that keeps all it is sent. */
async function startCollector() {
  let received = ''
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const body = Buffer.concat(pieces)
      received += body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body).toString() : body.toString()
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received: () => received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const invoke = async (model: ChatAegis, prompt: string, options: object) => void (await model.invoke(prompt, options))
const stream = async (model: ChatAegis, prompt: string, options: object) => {
  for await (const _ of await model.stream(prompt, options));
}

test('no byte of a restricted call reaches LangSmith, and other calls do', async () => {
  await using collector = await startCollector()
  await using world = await startConnected('a proxy in process')
  const set = { LANGSMITH_TRACING: 'true', LANGSMITH_ENDPOINT: collector.url, LANGSMITH_API_KEY: 'lsv2_test' }
  const before = Object.fromEntries(Object.keys(set).map((name) => [name, process.env[name]]))
  Object.assign(process.env, set)
  try {
    const model = new ChatAegis(world.connection)
    const hipaa = new ChatAegis({ ...world.connection, dataClassification: 'hipaa' })
    for (const call of [invoke, stream]) {
      for (const options of [{}, { callbacks: [new LangChainTracer()] }]) {
        await call(model, 'restricted-canary', { ...options, dataClassification: 'confidential' })
        await call(hipaa, 'restricted-canary', options)
        await call(model.withConfig({ dataClassification: 'pii' }) as ChatAegis, 'restricted-canary', options)
      }
    }
    // In a chain that is traced: the tracer comes down to the call, and the chain's own run has nothing restricted.
    const chain = RunnableLambda.from(async () => {
      await hipaa.invoke('restricted-canary')
      await model.invoke('restricted-canary', { dataClassification: 'pii' })
      return 'done'
    })
    await chain.invoke('begin')
    await invoke(model, 'public-canary', {})
    await until(() => collector.received().includes('public-canary'), 'the run of the public call')
    assert.doesNotMatch(collector.received(), /restricted-canary/)
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
})
