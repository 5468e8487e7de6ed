// Proves the rarer members of a chat completion with OpenAI's own client: choices, probabilities, sound, predictions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOpenAIUpstream } from '../../src/testing/index.ts'
import { at } from '../../src/testing/raw-http.ts'
import { openAIProvider, startGateway } from '../make/gateway.ts'
import { ask, declaredPublic, messages, openAIClient } from './openai-client.ts'
import { startWire, testEachWire } from './wires.ts'

const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }

function completion(choice: object, more: object = {}) {
  const choices = [{ index: 0, finish_reason: 'stop', ...choice }]
  const body = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'gpt-4o', choices, usage, ...more }
  return { rawBody: JSON.stringify(body), contentType: 'application/json' }
}

test('several choices are streamed under their own indices', async () => {
  await using wire = await startWire('openai')
  const texts = ['', '']
  for await (const chunk of await openAIClient(wire.gateway).chat.completions.create({ ...ask, n: 2, stream: true }))
    for (const { index, delta } of chunk.choices) texts[index] += delta.content ?? ''
  assert.equal(texts.length, 2)
  for (const text of texts) assert.match(text, /You asked about 5 words/)
})

test('the probabilities of tokens come as the provider gives them, whole and streamed', async () => {
  await using wire = await startWire('openai')
  const content = [{ token: 'Blue', bytes: [66], logprob: -0.25, top_logprobs: [{ token: 'Red', logprob: -3 }] }]
  const logprobs = { content, refusal: null }
  wire.upstream.next(completion({ message: { role: 'assistant', content: 'Blue' }, logprobs }))
  const client = openAIClient(wire.gateway)
  const asked = { ...ask, logprobs: true, top_logprobs: 1 }
  const reply = await client.chat.completions.create(asked)
  assert.deepEqual(reply.choices[0]?.logprobs, logprobs)
  assert.deepEqual([wire.lastSent().logprobs, wire.lastSent().top_logprobs], [true, 1])
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o' }
  const choices = [{ index: 0, delta: { content: 'Blue' }, logprobs, finish_reason: null }]
  const end = [{ index: 0, delta: {}, finish_reason: 'stop' }]
  const frames = [
    { ...chunk, choices },
    { ...chunk, choices: end },
    { ...chunk, choices: [], usage },
  ]
  const rawFrames = [...frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`), 'data: [DONE]\n\n']
  wire.upstream.next({ rawFrames, contentType: 'text/event-stream' })
  const seen: unknown[] = []
  for await (const { choices } of await client.chat.completions.create({ ...asked, stream: true }))
    if (choices[0]?.logprobs) seen.push(choices[0].logprobs)
  assert.deepEqual(seen, [logprobs])
})

test('an Ollama is asked for probabilities in its own words', async () => {
  await using wire = await startWire('ollama')
  await openAIClient(wire.gateway).chat.completions.create({ ...ask, logprobs: true, top_logprobs: 2 })
  assert.deepEqual([wire.lastSent().logprobs, wire.lastSent().top_logprobs], [true, 2])
})

test('sound goes out and comes back where a model with a price for it is asked', async () => {
  const model = 'gpt-4o-audio-preview'
  await using upstream = await startOpenAIUpstream({ models: [model] })
  const price = {
    input_per_million: 2.5,
    output_per_million: 10,
    audio_input_per_million: 40,
    audio_output_per_million: 80,
  }
  const pricing = { openai: { [model]: price } }
  await using gateway = await startGateway({
    providers: { openai: openAIProvider(upstream, { models: [model] }) },
    pricing,
  })
  const data = Buffer.from('RIFF....WAVEfmt ').toString('base64')
  const content = [
    { type: 'text' as const, text: 'What is said?' },
    { type: 'input_audio' as const, input_audio: { data, format: 'wav' as const } },
  ]
  const audio = { id: 'audio_1', data: 'AAAA', transcript: 'Hello', expires_at: 1 }
  upstream.next(completion({ message: { role: 'assistant', content: null, audio } }, { model }))
  const asked = {
    model,
    messages: [{ role: 'user' as const, content }],
    modalities: ['text' as const, 'audio' as const],
    audio: { voice: 'alloy', format: 'wav' as const },
  }
  const reply = await openAIClient(gateway).chat.completions.create(asked, declaredPublic)
  assert.deepEqual(reply.choices[0]?.message.audio, audio)
  assert.deepEqual(upstream.journal.requests.at(-1)?.json, asked)
})

test('sound is refused by its type on the Ollama wire, and without a word of the caller it stays here', async () => {
  await using ollama = await startWire('ollama')
  const input_audio = { data: 'AAAA', format: 'wav' as const }
  const spoken = [{ role: 'user' as const, content: [{ type: 'input_audio' as const, input_audio }] }]
  const client = openAIClient(ollama.gateway)
  const refused = { status: 400, message: /input_audio/ }
  await assert.rejects(client.chat.completions.create({ ...ask, messages: spoken }, declaredPublic), refused)
  assert.equal(ollama.upstream.journal.requests.filter(({ method }) => method === 'POST').length, 0)
  await using openai = await startWire('openai', { models: ['gpt-4o-audio-preview'] })
  const undeclared = openAIClient(openai.gateway).chat.completions.create({ ...ask, messages: spoken })
  await assert.rejects(undeclared, { status: 503, code: 'local_unavailable_for_restricted_data' })
  assert.equal(openai.upstream.journal.connections.length, 0)
})

test('a prediction arrives, and its tokens are told', async () => {
  await using wire = await startWire('openai')
  const details = { accepted_prediction_tokens: 3, rejected_prediction_tokens: 1 }
  const counted = { ...usage, completion_tokens_details: details }
  wire.upstream.next(completion({ message: { role: 'assistant', content: 'Blue.' } }, { usage: counted }))
  const prediction = { type: 'content' as const, content: 'The sky is blue.' }
  const reply = await openAIClient(wire.gateway).chat.completions.create({ ...ask, prediction })
  assert.deepEqual(wire.lastSent().prediction, prediction)
  assert.deepEqual(reply.usage?.completion_tokens_details, details)
})

test('metadata, effort, verbosity, bias and the options of a stream arrive untouched', async () => {
  await using wire = await startWire('openai')
  const members = {
    metadata: { team: 'north' },
    reasoning_effort: 'minimal' as const,
    verbosity: 'low' as const,
    logit_bias: { '50256': -100 },
    prompt_cache_key: 'k1',
    safety_identifier: 's1',
    parallel_tool_calls: false,
    stream_options: { include_usage: true, include_obfuscation: false },
  }
  const asked = { model: 'gpt-4o', messages, ...members, stream: true as const }
  for await (const _ of await openAIClient(wire.gateway).chat.completions.create(asked)) {
    // Read to the end.
  }
  assert.deepEqual(wire.lastSent(), JSON.parse(JSON.stringify(asked)))
})

testEachWire('a member that is null counts as absent', async ({ gateway }) => {
  const nothing = {
    temperature: null,
    max_tokens: null,
    n: null,
    stop: null,
    metadata: null,
  }
  const reply = await openAIClient(gateway).chat.completions.create({ ...ask, ...nothing })
  assert.match(reply.choices[0]?.message.content ?? '', /5 words/)
})

test('vectors come in the encoding that was asked for, also from a server that knows one way only', async () => {
  const models = ['text-embedding-3-small']
  await using upstream = await startOpenAIUpstream({ models })
  await using gateway = await startGateway({ providers: { openai: openAIProvider(upstream, { models }) } })
  const client = openAIClient(gateway)
  const vector = [0.5, -0.25, 1]
  const base64 = Buffer.from(Float32Array.from(vector).buffer).toString('base64')
  const answer = (embedding: unknown) => ({
    rawBody: JSON.stringify({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding }],
      model: models[0],
      usage,
    }),
    contentType: 'application/json',
  })
  for (const given of [vector, base64]) {
    for (const encoding_format of ['float', 'base64', undefined] as const) {
      upstream.next(answer(given))
      const { data } = await client.embeddings.create({ model: 'auto', input: 'x', encoding_format } as never)
      const expected = encoding_format === 'base64' ? base64 : vector
      assert.deepEqual(data[0]?.embedding, expected, `${encoding_format}`)
      assert.equal(at(upstream.journal.requests.at(-1)?.json ?? {}, 'encoding_format'), encoding_format ?? 'base64')
    }
  }
})
