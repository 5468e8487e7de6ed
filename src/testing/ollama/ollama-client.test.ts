// Proves that Ollama's own client takes the simulated Ollama for a real one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ollama } from 'ollama'
import { startOllamaUpstream } from '../index.ts'

const messages = [{ role: 'user', content: 'Why is the sky blue?' }]

test('the client chats, whole and streamed', async () => {
  await using upstream = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  const client = new Ollama({ host: upstream.url })
  const whole = await client.chat({ model: 'llama3.2:8b', messages })
  assert.match(whole.message.content, /^\[simulated ollama llama3\.2:8b\] You asked about 5 words/)
  assert.equal(whole.prompt_eval_count, 5)
  let text = ''
  let evalCount = 0
  for await (const part of await client.chat({ model: 'llama3.2:8b', messages, stream: true })) {
    text += part.message.content
    if (part.done) evalCount = part.eval_count
  }
  assert.equal(text, whole.message.content)
  assert.equal(evalCount, whole.eval_count)
})

test('the client gets tool calls with arguments as an object, thinking, and JSON', async () => {
  await using upstream = await startOllamaUpstream({ thinkingModels: ['qwen3'] })
  const client = new Ollama({ host: upstream.url })
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  const tools = [{ type: 'function', function: { name: 'get_weather', description: 'Weather', parameters } }]
  const called = await client.chat({ model: 'llama3.2', messages, tools })
  assert.deepEqual(called.message.tool_calls?.[0]?.function.arguments, { city: 'simulated' })
  const thought = await client.chat({ model: 'qwen3', messages, think: true })
  assert.ok(thought.message.thinking)
  const shaped = await client.generate({ model: 'llama3.2', prompt: 'Where?', format: parameters })
  assert.deepEqual(JSON.parse(shaped.response ?? ''), { city: 'simulated' })
})

test('the client embeds, lists, shows and sees what is loaded', async () => {
  await using upstream = await startOllamaUpstream({ models: ['nomic-embed-text'] })
  const client = new Ollama({ host: upstream.url })
  const { embeddings } = await client.embed({ model: 'nomic-embed-text', input: ['a', 'b'] })
  assert.deepEqual(
    embeddings.map((vector) => vector.length),
    [768, 768],
  )
  assert.equal((await client.embeddings({ model: 'nomic-embed-text', prompt: 'a' })).embedding.length, 768)
  assert.deepEqual(
    (await client.list()).models.map((model) => model.name),
    ['nomic-embed-text:latest'],
  )
  assert.deepEqual((await client.show({ model: 'nomic-embed-text' })).capabilities, ['embedding'])
  assert.equal((await client.ps()).models[0]?.name, 'nomic-embed-text:latest')
  assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/)
})

test('the client throws on an unknown model, on an error inside a stream, and on one that ends early', async () => {
  await using upstream = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  const client = new Ollama({ host: upstream.url })
  await assert.rejects(client.chat({ model: 'none', messages }), /model 'none' not found/)
  upstream.next({ inBandErrorAfter: 2 }, { truncateAfter: 2 })
  for (const failure of [/error was encountered while running the model/, /Did not receive done/]) {
    await assert.rejects(async () => {
      for await (const part of await client.chat({ model: 'llama3.2:8b', messages, stream: true }))
        assert.ok(part.message)
    }, failure)
  }
})
