// Proves the native wire against a real Ollama: at OLLAMA_HOST, else 127.0.0.1:11434, with its first model. Skipped without one.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { ollamaUrl } from '../../src/config/ollama-host.ts'
import { listOllamaModels } from '../../src/providers/ollama/list-models.ts'
import { startGateway } from '../make/gateway.ts'

const host = ollamaUrl(process.env.OLLAMA_HOST ?? '127.0.0.1:11434') ?? 'http://127.0.0.1:11434'
const models = (await listOllamaModels(host)) ?? []
const model = models.find((name) => !/embed|cloud/i.test(name)) ?? ''
const skip = model === '' ? `no Ollama with a chat model answers at ${host}` : false

describe('a real Ollama behind the gateway', { skip }, () => {
  const start = (more: object = {}) =>
    startGateway({ providers: { local_ollama: { kind: 'ollama', base_url: host, models: [model], ...more } } })
  const clientOf = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
  const question = [{ role: 'user' as const, content: 'Name one primary colour.' }]

  test('answers whole, with a usage and a cost of nothing', async () => {
    await using gateway = await start()
    const answer = await clientOf(gateway.url).chat.completions.create({
      model: 'auto',
      messages: question,
      max_tokens: 16,
    })
    assert.ok(answer.choices[0]?.message.content)
    assert.ok((answer.usage?.prompt_tokens ?? 0) > 0)
    assert.ok((answer.usage?.completion_tokens ?? 99) <= 16)
  })

  test('streams, and reports its usage at the end when asked', async () => {
    await using gateway = await start()
    const stream = await clientOf(gateway.url).chat.completions.create({
      model: 'auto',
      messages: question,
      max_completion_tokens: 16,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let tokens = 0
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      tokens = chunk.usage?.completion_tokens ?? tokens
    }
    assert.ok(text.length > 0)
    assert.ok(tokens > 0 && tokens <= 16)
  })

  test('keeps to a JSON schema', async () => {
    await using gateway = await start()
    const schema = {
      type: 'object',
      properties: { colour: { type: 'string', enum: ['red', 'blue'] } },
      required: ['colour'],
    }
    const answer = await clientOf(gateway.url).chat.completions.create({
      model: 'auto',
      messages: question,
      max_tokens: 32,
      response_format: { type: 'json_schema', json_schema: { name: 'colour', schema } },
    })
    assert.match(JSON.parse(answer.choices[0]?.message.content ?? '').colour, /^(red|blue)$/)
  })

  test('serves restricted data after it has proven that the model runs here', async () => {
    await using gateway = await start()
    const { response } = await clientOf(gateway.url)
      .chat.completions.create(
        { model: 'auto', messages: question, max_tokens: 4 },
        { headers: { 'x-aegis-data-classification': 'hipaa' } },
      )
      .withResponse()
    assert.equal(response.headers.get('x-aegis-location'), 'local')
    assert.equal(response.headers.get('x-aegis-reason'), 'sensitive_data_local_only')
  })

  test('refuses a prompt that does not fit rather than cut it', async () => {
    await using gateway = await start({ max_context_tokens: 512 })
    const long = [{ role: 'user' as const, content: 'The quick brown fox jumps over the lazy dog. '.repeat(400) }]
    const answer = clientOf(gateway.url).chat.completions.create({ model: 'auto', messages: long, max_tokens: 4 })
    await assert.rejects(answer, { status: 400 })
  })

  test('says that it does not have a model', async () => {
    await using gateway = await start()
    const answer = clientOf(gateway.url).chat.completions.create({
      model: 'local_ollama/no-such-model:1b',
      messages: question,
    })
    await assert.rejects(answer, { status: 404 })
  })

  test("serves Ollama's own client through the gateway", async () => {
    await using gateway = await start()
    const client = new Ollama({ host: gateway.url })
    const reply = await client.chat({ model: 'auto', messages: question, options: { num_predict: 8, temperature: 0 } })
    assert.equal(reply.done, true)
    assert.ok(reply.message.content.length > 0)
    assert.ok(reply.eval_count <= 8)
  })
})
