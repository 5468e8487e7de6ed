// Proves that LangChain's classes for OpenAI, unmodified, work against the gateway, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HumanMessage, type UsageMetadata } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { z } from 'zod'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import { localOllama, startGateway } from '../make/gateway.ts'
import { endless, patienceMs, testEachWire, type Wire } from './wires.ts'

const question = 'Why is the sky blue?'
type Fields = NonNullable<ConstructorParameters<typeof ChatOpenAI>[0]>

function chat({ gateway }: Pick<Wire, 'gateway'>, more: Partial<Fields> = {}): ChatOpenAI {
  const configuration = { baseURL: `${gateway.url}/v1` }
  return new ChatOpenAI({ model: 'auto', apiKey: 'any', maxRetries: 0, configuration, ...more } as Fields)
}

const weather = tool(async ({ city }) => `${city.length} degrees`, {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: z.object({ city: z.string() }),
})

/** The class's own type says that there is none. */
function usageOf(reply: object): UsageMetadata | undefined {
  return (reply as { usage_metadata?: UsageMetadata }).usage_metadata
}

/** By chat completions, and by responses. */
for (const useResponsesApi of [false, true]) {
  const by = useResponsesApi ? 'by responses' : 'by chat completions'

  testEachWire(`a chat is answered with text and usage, ${by}`, async (wire) => {
    const reply = await chat(wire, { useResponsesApi }).invoke(question)
    assert.match(reply.text, /You asked about 5 words/)
    assert.equal(usageOf(reply)?.input_tokens, 5)
  })

  testEachWire(`a stream arrives in pieces, with usage, ${by}`, async (wire) => {
    wire.upstream.next({ chunks: ['The ', 'sky ', 'is ', 'blue.'] })
    const pieces: string[] = []
    let inputTokens: number | undefined
    for await (const chunk of await chat(wire, { useResponsesApi, streamUsage: true }).stream(question)) {
      if (chunk.text !== '') pieces.push(chunk.text)
      inputTokens = usageOf(chunk)?.input_tokens ?? inputTokens
    }
    assert.deepEqual(pieces, ['The ', 'sky ', 'is ', 'blue.'])
    assert.equal(inputTokens, 5)
  })

  testEachWire(`tools go both ways, ${by}`, async (wire) => {
    wire.upstream.next({ toolCalls: [{ name: 'get_weather', arguments: { city: 'Bern' } }] }, { text: 'Fine.' })
    const model = chat(wire, { useResponsesApi }).bindTools([weather])
    const asked = await model.invoke([new HumanMessage('How warm is it?')])
    const [call] = asked.tool_calls ?? []
    assert.deepEqual([call?.name, call?.args], ['get_weather', { city: 'Bern' }])
    const result = await weather.invoke({ ...call, type: 'tool_call' } as never)
    const reply = await model.invoke([new HumanMessage('How warm is it?'), asked, result] as never)
    assert.equal(reply.text, 'Fine.')
    assert.match(JSON.stringify(wire.lastSent().messages), /4 degrees/)
  })

  testEachWire(`an answer keeps a schema, ${by}`, async (wire) => {
    const schema = z.object({ city: z.string(), warm: z.boolean() })
    const structured = chat(wire, { useResponsesApi }).withStructuredOutput(schema, { method: 'jsonSchema' })
    assert.deepEqual(await structured.invoke(question), { city: 'simulated', warm: true })
  })

  testEachWire(`an abort in mid-stream closes the connection to the provider, ${by}`, async (wire) => {
    wire.upstream.next(endless)
    const stopping = new AbortController()
    const read = async () => {
      let seen = 0
      for await (const _ of await chat(wire, { useResponsesApi }).stream(question, { signal: stopping.signal })) {
        seen += 1
        if (seen === 5) stopping.abort()
      }
    }
    await assert.rejects(read())
    const left = await wire.upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
    assert.equal(left.ended, 'client_closed')
  })

  testEachWire(`what cannot pass is not tried again, ${by}`, async (wire) => {
    const unknown = chat(wire, { useResponsesApi, model: 'nobody-has-this', maxRetries: 3 })
    await assert.rejects(unknown.invoke(question), { status: 404 })
    assert.equal(wire.upstream.journal.requests.length, 0)
    wire.upstream.next({ status: 400, errorBody: { error: { message: 'no', type: 'x' } } })
    await assert.rejects(chat(wire, { useResponsesApi, maxRetries: 3 }).invoke(question), { status: 400 })
    assert.equal(wire.upstream.journal.requests.length, 1)
  })
}

testEachWire('a conversation goes on by the id of a response', async (wire) => {
  wire.upstream.next({ text: 'One.' }, { text: 'Two.' })
  const model = chat(wire, { useResponsesApi: true })
  const first = await model.invoke(question)
  const previous_response_id = first.response_metadata.id as string
  const second = await model.invoke('Go on.', { previous_response_id } as never)
  assert.equal(second.text, 'Two.')
  assert.equal((wire.lastSent().messages as unknown[]).length, 3)
})

test('texts are embedded', async () => {
  const models = ['nomic-embed-text']
  await using upstream = await startOllamaUpstream({ models })
  await using gateway = await startGateway({ providers: { local: localOllama(upstream, { models }) } })
  const configuration = { baseURL: `${gateway.url}/v1` }
  const embeddings = new OpenAIEmbeddings({ model: 'auto', apiKey: 'any', maxRetries: 0, configuration })
  const [sea, sky] = await embeddings.embedDocuments(['The sea.', 'The sky.'])
  assert.notDeepEqual(sea, sky)
  assert.deepEqual(await embeddings.embedQuery('The sky.'), sky)
})
