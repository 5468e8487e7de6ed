// Proves that LangChain's classes for Ollama, unmodified, work against the gateway, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AIMessage, HumanMessage, type ToolMessage, type UsageMetadata } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOllama, Ollama, OllamaEmbeddings } from '@langchain/ollama'
import { z } from 'zod'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, startGateway } from '../make/gateway.ts'
import { endless, patienceMs, testEachWire, type Wire } from './wires.ts'

const question = 'Why is the sky blue?'

function chat({ gateway }: Wire, more: Partial<ConstructorParameters<typeof ChatOllama>[0]> = {}): ChatOllama {
  return new ChatOllama({ baseUrl: gateway.url, model: 'auto', maxRetries: 0, ...more })
}

/** The class's own type says that there is none. */
function usageOf(reply: object): UsageMetadata | undefined {
  return (reply as { usage_metadata?: UsageMetadata }).usage_metadata
}

const weather = tool(async ({ city }) => `${city.length} degrees`, {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: z.object({ city: z.string() }),
})

testEachWire('a chat is answered with text and usage', async (wire) => {
  const reply = await chat(wire).invoke(question)
  assert.match(reply.text, /You asked about 5 words/)
  const usage = usageOf(reply)
  assert.equal(usage?.input_tokens, 5)
  assert.ok((usage?.output_tokens ?? 0) > 0)
})

testEachWire('a stream arrives in pieces, with usage at its end', async (wire) => {
  wire.upstream.next({ chunks: ['The ', 'sky ', 'is ', 'blue.'] })
  const pieces: string[] = []
  let inputTokens: number | undefined
  for await (const chunk of await chat(wire).stream(question)) {
    if (chunk.text !== '') pieces.push(chunk.text)
    inputTokens = usageOf(chunk)?.input_tokens ?? inputTokens
  }
  assert.deepEqual(pieces, ['The ', 'sky ', 'is ', 'blue.'])
  assert.equal(inputTokens, 5)
})

testEachWire('tools go both ways', async (wire) => {
  wire.upstream.next({ toolCalls: [{ name: 'get_weather', arguments: { city: 'Bern' } }] }, { text: 'Sunny.' })
  const model = chat(wire).bindTools([weather])
  const asked = await model.invoke([new HumanMessage('Weather in Bern?')])
  const [call] = asked.tool_calls ?? []
  assert.deepEqual([call?.name, call?.args], ['get_weather', { city: 'Bern' }])
  const result = await weather.invoke({ ...call, type: 'tool_call' } as never)
  const messages = [new HumanMessage('Weather in Bern?'), asked as AIMessage, result as ToolMessage]
  assert.equal((await model.invoke(messages)).text, 'Sunny.')
  assert.match(JSON.stringify(wire.lastSent()), /4 degrees/)
})

testEachWire('an answer keeps a schema', async (wire) => {
  const schema = z.object({ city: z.string(), warm: z.boolean() })
  const structured = chat(wire).withStructuredOutput(schema, { method: 'jsonSchema' })
  assert.deepEqual(await structured.invoke(question), { city: 'simulated', warm: true })
})

testEachWire('an abort in mid-stream closes the connection to the provider', async (wire) => {
  wire.upstream.next(endless)
  const stopping = new AbortController()
  const read = async () => {
    let seen = 0
    for await (const _ of await chat(wire).stream(question, { signal: stopping.signal })) {
      seen += 1
      if (seen === 5) stopping.abort()
    }
  }
  await assert.rejects(read())
  const left = await wire.upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
})

testEachWire('errors have a status, and what cannot pass is not tried again', async (wire) => {
  const failing = (status_code: number) => ({ status_code })
  await assert.rejects(chat(wire, { model: 'nobody-has-this', maxRetries: 3 }).invoke(question), failing(404))
  assert.equal(wire.upstream.journal.requests.length, 0)
  wire.upstream.next({ status: 400, errorBody: { error: { message: 'no', type: 'x' } } })
  await assert.rejects(chat(wire, { maxRetries: 3 }).invoke(question), failing(400))
  assert.equal(wire.upstream.journal.requests.length, 1)
})

testEachWire('the class for plain prompts works as well', async (wire) => {
  const model = new Ollama({ baseUrl: wire.gateway.url, model: 'auto', maxRetries: 0 })
  assert.match(await model.invoke(question), /You asked about 5 words/)
  wire.upstream.next({ chunks: ['One ', 'two.'] })
  const pieces: string[] = []
  for await (const piece of await model.stream(question)) if (piece !== '') pieces.push(piece)
  assert.deepEqual(pieces, ['One ', 'two.'])
})

test('texts are embedded by an Ollama and by a cloud', async () => {
  await using ollama = await startOllamaUpstream({ models: ['nomic-embed-text'] })
  await using openai = await startOpenAIUpstream()
  await using gateway = await startGateway({
    providers: {
      local: localOllama(ollama, { models: ['nomic-embed-text'] }),
      openai: openAIProvider(openai, { models: ['text-embedding-3-small'] }),
    },
  })
  for (const model of ['nomic-embed-text', 'text-embedding-3-small']) {
    const embeddings = new OllamaEmbeddings({ baseUrl: gateway.url, model, maxRetries: 0 })
    const [sea, sky] = await embeddings.embedDocuments(['The sea.', 'The sky.'])
    assert.deepEqual(await embeddings.embedQuery('The sky.'), sky)
    assert.notDeepEqual(sea, sky)
  }
})
