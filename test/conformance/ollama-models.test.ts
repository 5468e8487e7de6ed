// Proves /api/embed, /api/embeddings, /api/show and /api/ps with Ollama's own client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ollama } from 'ollama'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { at, post } from '../../src/testing/raw-http.ts'
import { localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'

const models = ['llama3.2:8b', 'nomic-embed-text']

async function startPlace() {
  const ollama = await startOllamaUpstream({ models })
  const openai = await startOpenAIUpstream()
  const gateway = await startGateway({
    providers: {
      local: localOllama(ollama, { models }),
      openai: openAIProvider(openai, { models: ['gpt-4o', 'text-embedding-3-small'] }),
    },
  })
  const close = async () => {
    await gateway.close()
    await ollama.close()
    await openai.close()
  }
  return { ollama, openai, gateway, [Symbol.asyncDispose]: close }
}

const clientOf = (gateway: RunningGateway) => new Ollama({ host: gateway.url })

for (const model of ['nomic-embed-text', 'text-embedding-3-small']) {
  test(`one text and many are embedded by ${model}, in their order`, async () => {
    await using place = await startPlace()
    const client = clientOf(place.gateway)
    const one = await client.embed({ model, input: 'The sky.' })
    assert.equal(one.model, model)
    assert.equal(one.embeddings.length, 1)
    assert.ok(one.prompt_eval_count > 0)
    const many = await client.embed({ model, input: ['The sea.', 'The sky.'] })
    assert.equal(many.embeddings.length, 2)
    assert.deepEqual(many.embeddings[1], one.embeddings[0])
    assert.notDeepEqual(many.embeddings[0], one.embeddings[0])
    const older = await client.embeddings({ model, prompt: 'The sky.' })
    assert.deepEqual(older.embedding, one.embeddings[0])
  })
}

test('what only an Ollama understands of an embedding reaches it', async () => {
  await using place = await startPlace()
  const options = { num_gpu: 2, temperature: 0, num_ctx: 1_000_000 }
  const client = clientOf(place.gateway)
  await client.embed({ model: 'nomic-embed-text', input: 'x', keep_alive: '7m', dimensions: 16, options })
  const sent = place.ollama.journal.requests.at(-1)?.json ?? {}
  assert.equal(sent.keep_alive, '7m')
  assert.equal(sent.dimensions, 16)
  assert.equal(at(sent, 'options.num_gpu'), 2)
  assert.ok(Number(at(sent, 'options.num_ctx')) < 1_000_000)
})

test('nothing to embed is no vector and no request', async () => {
  await using place = await startPlace()
  const client = clientOf(place.gateway)
  assert.deepEqual((await client.embed({ model: 'nomic-embed-text', input: [] })).embeddings, [])
  assert.deepEqual((await client.embed({ model: 'nomic-embed-text', input: '' })).embeddings, [])
  assert.deepEqual((await client.embeddings({ model: 'nomic-embed-text', prompt: '' })).embedding, [])
  assert.equal(place.ollama.journal.requests.length, 0)
})

test('what cannot be embedded is a ResponseError that names the field', async () => {
  await using place = await startPlace()
  const client = clientOf(place.gateway)
  const failing = (status_code: number, message: RegExp) => ({ name: 'ResponseError', status_code, message })
  const model = 'nomic-embed-text'
  await assert.rejects(client.embed({ model, input: [''] }), failing(400, /^input\[0\]/))
  await assert.rejects(client.embed({ model, input: [[1, 2]] as never }), failing(400, /^input must be a text/))
  await assert.rejects(client.embed({ model: 'nobody', input: 'x' }), failing(404, /No configured provider/))
  place.ollama.always({ status: 500 })
  const local = { model: 'local/nomic-embed-text', input: 'x' }
  await assert.rejects(client.embed(local), failing(502, /./))
  const wrong = await post(`${place.gateway.url}/api/embeddings`, { model, prompt: ['CANARY'] })
  assert.equal(wrong.status, 400)
  assert.doesNotMatch(wrong.text, /CANARY/)
})

test('a model is shown with what is known of it, under all its names', async () => {
  await using place = await startPlace()
  const client = clientOf(place.gateway)
  const local = await client.show({ model: 'nomic-embed-text' })
  assert.deepEqual(local.capabilities, ['embedding'])
  const cloud = await client.show({ model: 'openai/gpt-4o' })
  assert.ok(cloud.capabilities.includes('completion'))
  assert.equal(at(cloud as never, 'model_info')?.['aegis.context_length' as never], 128_000)
  assert.equal(cloud.details.format, 'aegis')
  assert.ok(!('remote_host' in cloud))
  assert.deepEqual((await client.show({ model: 'auto' })).capabilities, ['completion'])
  await assert.rejects(client.show({ model: 'nobody' }), { name: 'ResponseError', status_code: 404 })
  const older = await post(`${place.gateway.url}/api/show`, { name: 'gpt-4o' })
  assert.equal(older.status, 200, 'the member of older clients')
})

test('the models that local Ollamas have loaded are listed, and none when they do not answer', async () => {
  await using place = await startPlace()
  const client = clientOf(place.gateway)
  assert.deepEqual((await client.ps()).models, [])
  await client.embed({ model: 'nomic-embed-text', input: 'x' })
  const { models: loaded } = await client.ps()
  assert.deepEqual(
    loaded.map(({ name }) => name),
    ['nomic-embed-text:latest'],
  )
  await place.ollama.stopListening()
  assert.deepEqual((await client.ps()).models, [])
  assert.equal(place.openai.journal.connections.length, 0)
})
