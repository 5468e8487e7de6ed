// Proves that the AI SDK with its provider for OpenAI-compatible servers, unmodified, works, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, embedMany, generateText, isStepCount, Output, RetryError, streamText, tool } from 'ai'
import { z } from 'zod'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import { localOllama, startGateway } from '../make/gateway.ts'
import { endless, patienceMs, testEachWire, type Wire } from './wires.ts'

const prompt = 'Why is the sky blue?'

function provider({ gateway }: Pick<Wire, 'gateway'>) {
  const baseURL = `${gateway.url}/v1`
  return createOpenAICompatible({
    name: 'aegis',
    baseURL,
    apiKey: 'any',
    includeUsage: true,
    supportsStructuredOutputs: true,
  })
}

const weather = tool({
  description: 'Weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `${city.length} degrees`,
})

testEachWire('a chat is answered with text, model and usage', async (wire) => {
  const { text, usage, response, finishReason } = await generateText({ model: provider(wire)('auto'), prompt })
  assert.match(text, /You asked about 5 words/)
  assert.equal(usage.inputTokens, 5)
  assert.ok((usage.outputTokens ?? 0) > 0)
  assert.equal(response.modelId, wire.model)
  assert.equal(finishReason, 'stop')
})

testEachWire('a stream gives the text in pieces, and usage at its end', async (wire) => {
  wire.upstream.next({ chunks: ['The ', 'sky ', 'is ', 'blue.'] })
  const result = streamText({ model: provider(wire)('auto'), prompt })
  const pieces: string[] = []
  for await (const piece of result.textStream) pieces.push(piece)
  assert.deepEqual(pieces, ['The ', 'sky ', 'is ', 'blue.'])
  assert.equal((await result.usage).inputTokens, 5)
})

for (const stream of [false, true]) {
  testEachWire(
    `a tool is called, its result goes back, and the answer follows${stream ? ', streaming' : ''}`,
    async (wire) => {
      wire.upstream.next({ toolCalls: [{ name: 'weather', arguments: { city: 'Bern' } }] }, { text: 'Fine.' })
      const asked = { model: provider(wire)('auto'), prompt, tools: { weather }, stopWhen: isStepCount(3) }
      const steps = stream ? await streamText(asked).steps : (await generateText(asked)).steps
      assert.deepEqual(steps[0]?.toolCalls[0]?.input, { city: 'Bern' })
      assert.equal(steps[1]?.text, 'Fine.')
      assert.match(JSON.stringify(wire.lastSent().messages), /4 degrees/)
    },
  )
}

testEachWire('an object keeps its schema', async (wire) => {
  const schema = z.object({ city: z.string(), warm: z.boolean() })
  const { output } = await generateText({ model: provider(wire)('auto'), prompt, output: Output.object({ schema }) })
  assert.deepEqual(output, { city: 'simulated', warm: true })
})

testEachWire('reasoning is shown beside the text', async (wire) => {
  wire.upstream.next({ thinking: 'Hm, well.', text: 'Blue.' })
  const model = provider(wire)(wire.name === 'openai' ? 'gpt-4o' : 'qwen3:8b')
  const { text, reasoningText } = await generateText({ model, prompt })
  assert.deepEqual([text, reasoningText], ['Blue.', 'Hm, well.'])
})

testEachWire('an abort in mid-stream closes the connection to the provider', async (wire) => {
  wire.upstream.next(endless)
  const stopping = new AbortController()
  const result = streamText({ model: provider(wire)('auto'), prompt, abortSignal: stopping.signal, onError() {} })
  let seen = 0
  try {
    for await (const _ of result.textStream) {
      seen += 1
      if (seen === 5) stopping.abort()
    }
  } catch (error) {
    assert.equal((error as Error).name, 'AbortError')
  }
  const left = await wire.upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
})

testEachWire(
  'what cannot pass is an APICallError at once, and what may pass is tried as often as it was told',
  async (wire) => {
    const unknown = generateText({ model: provider(wire)('nobody-has-this'), prompt, maxRetries: 3 })
    await assert.rejects(
      unknown,
      (error) => APICallError.isInstance(error) && error.statusCode === 404 && !error.isRetryable,
    )
    assert.equal(wire.upstream.journal.requests.length, 0)
    wire.upstream.next({ status: 400, errorBody: { error: { message: 'no', type: 'x' } } })
    await assert.rejects(
      generateText({ model: provider(wire)('auto'), prompt, maxRetries: 3 }),
      (error) => APICallError.isInstance(error) && error.statusCode === 400,
    )
    assert.equal(wire.upstream.journal.requests.length, 1)
    wire.upstream.always({ status: 429, headers: { 'retry-after': '0' } })
    const busy = generateText({ model: provider(wire)('auto'), prompt, maxRetries: 1 })
    await assert.rejects(busy, (error) => RetryError.isInstance(error) && error.errors.length === 2)
  },
)

testEachWire('a stream that breaks off is an error after the text that came before', async (wire) => {
  wire.upstream.next({ chunks: ['One ', 'two ', 'three ', 'four'], disconnectAfter: 3 })
  const errors: unknown[] = []
  const result = streamText({ model: provider(wire)('auto'), prompt, onError: ({ error }) => void errors.push(error) })
  for await (const _ of result.fullStream) {
    // Read to the end.
  }
  assert.equal(errors.length, 1)
})

test('texts are embedded', async () => {
  const models = ['nomic-embed-text']
  await using upstream = await startOllamaUpstream({ models })
  await using gateway = await startGateway({ providers: { local: localOllama(upstream, { models }) } })
  const model = provider({ gateway }).embeddingModel('nomic-embed-text')
  const { embeddings, usage } = await embedMany({ model, values: ['The sea.', 'The sky.'] })
  assert.equal(embeddings.length, 2)
  assert.notDeepEqual(embeddings[0], embeddings[1])
  assert.ok(usage.tokens > 0)
})
