// Proves that OpenAI's own client takes the simulated OpenAI for a real one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { startOpenAIUpstream, type Upstream } from '../index.ts'

const ask = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Why is the sky blue?' }] }
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city'],
}
const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters } }]

function clientOf(upstream: Upstream, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: `${upstream.url}/v1`, apiKey: 'sk-test', maxRetries })
}

test('the client reads a completion, a model list and an embedding', async () => {
  await using upstream = await startOpenAIUpstream({ models: ['gpt-4o'], apiKey: 'sk-test' })
  const client = clientOf(upstream)
  const reply = await client.chat.completions.create(ask)
  assert.match(reply.choices[0]?.message.content ?? '', /^\[simulated openai gpt-4o\]/)
  assert.match(reply._request_id ?? '', /^req_/)
  assert.deepEqual(
    (await client.models.list()).data.map((model) => model.id),
    ['gpt-4o'],
  )
  assert.equal((await client.models.retrieve('gpt-4o')).object, 'model')
  const { data } = await client.embeddings.create({ model: 'gpt-4o', input: ['a', 'b'], dimensions: 16 })
  assert.equal(data[1]?.embedding.length, 16)
})

test('the client streams text with usage', async () => {
  await using upstream = await startOpenAIUpstream()
  const stream = clientOf(upstream).chat.completions.stream({ ...ask, stream_options: { include_usage: true } })
  const reply = await stream.finalChatCompletion()
  assert.match(reply.choices[0]?.message.content ?? '', /You asked about 5 words/)
  assert.equal(reply.usage?.prompt_tokens, 5)
})

test('the client puts streamed tool calls together', async () => {
  await using upstream = await startOpenAIUpstream()
  upstream.next(
    {},
    {
      toolCalls: [
        { name: 'a', arguments: { x: 1 } },
        { name: 'b', arguments: { y: 'two words' } },
      ],
    },
  )
  const client = clientOf(upstream)
  const first = await client.chat.completions.stream({ ...ask, tools }).finalChatCompletion()
  const call = first.choices[0]?.message.tool_calls?.[0]
  assert.equal(call?.type === 'function' && call.function.arguments, '{"city":"simulated","days":1}')
  const second = await client.chat.completions.stream(ask).finalChatCompletion()
  const called = second.choices[0]?.message.tool_calls?.map((one) =>
    one.type === 'function' ? one.function : undefined,
  )
  assert.deepEqual(
    called?.map((one) => [one?.name, one?.arguments]),
    [
      ['a', '{"x":1}'],
      ['b', '{"y":"two words"}'],
    ],
  )
})

test('the client sees errors with their status and code, and retries what may be retried', async () => {
  await using upstream = await startOpenAIUpstream({ models: ['gpt-4o'] })
  await assert.rejects(clientOf(upstream).chat.completions.create({ ...ask, model: 'gpt-9' }), {
    status: 404,
    code: 'model_not_found',
  })
  upstream.next(
    { status: 429, headers: { 'retry-after-ms': '10' } },
    { status: 503, headers: { 'retry-after-ms': '10' } },
  )
  const reply = await clientOf(upstream, 2).chat.completions.create(ask)
  assert.equal(reply.object, 'chat.completion')
  assert.equal(upstream.journal.requests.length, 4)
})

test('the client throws on an error inside a stream and on a broken one', async () => {
  await using upstream = await startOpenAIUpstream()
  upstream.next({ inBandErrorAfter: 3 }, { disconnectAfter: 3 })
  for (const failure of [/simulated error/, /terminated|aborted|closed|Premature/i]) {
    const stream = await clientOf(upstream).chat.completions.create({ ...ask, stream: true })
    await assert.rejects(async () => {
      for await (const chunk of stream) assert.equal(chunk.object, 'chat.completion.chunk')
    }, failure)
  }
})
