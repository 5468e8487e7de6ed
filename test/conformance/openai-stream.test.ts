// Proves that streams reach OpenAI's own client whole, in order and honestly ended, and end upstream when it leaves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { type Behaviour, startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, startGateway } from '../make/gateway.ts'
import { ask, costOf, openAIClient } from './openai-client.ts'
import { endless, patienceMs, startWire, testEachWire } from './wires.ts'

const streamed = { ...ask, stream: true as const }
const withUsage = { ...streamed, stream_options: { include_usage: true } }
type Chunk = OpenAI.ChatCompletionChunk

async function chunksOf(stream: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

function textOf(chunks: readonly Chunk[]): string {
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
}

testEachWire('a stream gives the text piece by piece, one finish reason, and no usage unless asked', async (wire) => {
  wire.upstream.always({ chunks: ['The ', 'sky ', 'is ', 'blue.'] })
  const chunks = await chunksOf(await openAIClient(wire.gateway).chat.completions.create(streamed))
  const pieces = chunks.map((chunk) => chunk.choices[0]?.delta.content).filter(Boolean)
  assert.deepEqual(pieces, ['The ', 'sky ', 'is ', 'blue.'])
  assert.equal(chunks[0]?.choices[0]?.delta.role, 'assistant')
  assert.deepEqual(new Set(chunks.map(({ id }) => id)).size, 1)
  const finishes = chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.finish_reason)).filter(Boolean)
  assert.deepEqual(finishes, ['stop'])
  for (const chunk of chunks) {
    assert.equal(chunk.object, 'chat.completion.chunk')
    assert.equal(chunk.model, wire.model)
    assert.equal(chunk.choices.length, 1, 'every chunk has its choice: the usage chunk was dropped')
    assert.ok(!chunk.usage)
  }
})

for (const usage of ['present', 'late', undefined] as const) {
  testEachWire(`the usage comes last and once, with its cost, when it was asked for (${usage})`, async (wire) => {
    wire.upstream.next({ text: 'Blue.', ...(usage ? { usage } : {}) })
    const chunks = await chunksOf(await openAIClient(wire.gateway).chat.completions.create(withUsage))
    const last = chunks.at(-1)
    assert.deepEqual(last?.choices, [])
    assert.equal(last?.usage?.prompt_tokens, 5)
    assert.ok((last?.usage?.completion_tokens ?? 0) > 0)
    assert.equal(typeof costOf(last?.usage), 'number')
    assert.equal(chunks.filter((chunk) => chunk.usage).length, 1)
  })
}

testEachWire('the helper .stream() emits the text and puts the completion together', async (wire) => {
  const stream = openAIClient(wire.gateway).chat.completions.stream({ ...withUsage })
  let snapshot = ''
  let deltas = ''
  stream.on('content', (delta, whole) => {
    deltas += delta
    snapshot = whole
  })
  const completion = await stream.finalChatCompletion()
  assert.match(deltas, /You asked about 5 words/)
  assert.equal(snapshot, deltas)
  assert.equal(completion.choices[0]?.message.content, deltas)
  assert.equal(completion.choices[0]?.finish_reason, 'stop')
  assert.equal(completion.usage?.prompt_tokens, 5)
  assert.equal((await stream.totalUsage()).prompt_tokens, 5)
})

testEachWire('a streamed JSON schema is parsed by the helper', async ({ gateway }) => {
  const shape = z.object({ city: z.string(), warm: z.boolean() })
  const response_format = zodResponseFormat(shape, 'weather')
  const stream = openAIClient(gateway).chat.completions.stream({ ...streamed, response_format })
  const completion = await stream.finalChatCompletion()
  assert.deepEqual(completion.choices[0]?.message.parsed, { city: 'simulated', warm: true })
})

testEachWire('streamed reasoning arrives before the text', async ({ gateway, upstream, name }) => {
  upstream.next({ thinking: 'Hm, well.', text: 'Blue.' })
  const model = name === 'openai' ? 'gpt-4o' : 'qwen3:8b'
  const chunks = await chunksOf(await openAIClient(gateway).chat.completions.create({ ...streamed, model }))
  const deltas = chunks.map((chunk): object => chunk.choices[0]?.delta ?? {})
  const thoughts = deltas.map((delta) => ('reasoning_content' in delta ? delta.reasoning_content : '')).join('')
  assert.equal(thoughts, 'Hm, well.')
  assert.equal(textOf(chunks), 'Blue.')
})

testEachWire('max_tokens ends a stream with the finish reason length', async ({ gateway }) => {
  const chunks = await chunksOf(await openAIClient(gateway).chat.completions.create({ ...streamed, max_tokens: 3 }))
  assert.equal(chunks.findLast((chunk) => chunk.choices[0]?.finish_reason)?.choices[0]?.finish_reason, 'length')
})

test('line ends with carriage returns, comments and usage in an odd place do no harm', async () => {
  await using wire = await startWire('openai')
  const oddities: readonly Behaviour[] = [{ lineEnding: 'crlf' }, { comments: true }, { usage: 'inline' }]
  for (const oddity of oddities) {
    wire.upstream.next({ chunks: ['a', 'b', 'c'], ...oddity })
    const chunks = await chunksOf(await openAIClient(wire.gateway).chat.completions.create(withUsage))
    assert.equal(textOf(chunks), 'abc')
    assert.ok(chunks.some((chunk) => chunk.usage?.prompt_tokens === 5))
  }
})

testEachWire('an abort in mid-stream closes the connection to the provider', async ({ gateway, upstream }) => {
  upstream.next(endless)
  const controller = new AbortController()
  const stream = await openAIClient(gateway).chat.completions.create(streamed, { signal: controller.signal })
  let seen = 0
  const read = async () => {
    for await (const _ of stream) {
      seen += 1
      if (seen === 5) controller.abort()
    }
  }
  await read().catch((error: unknown) => assert.ok(error instanceof OpenAI.APIUserAbortError))
  const left = await upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
})

testEachWire('leaving the loop early closes the connection to the provider', async ({ gateway, upstream }) => {
  upstream.next(endless)
  for await (const _ of await openAIClient(gateway).chat.completions.create(streamed)) break
  const left = await upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
})

for (const hang of ['before_headers', 'after_headers'] as const) {
  for (const stream of [true, false]) {
    const kind = stream ? 'stream' : 'whole answer'
    testEachWire(`an abort of a ${kind} closes the provider's connection ${hang.replace('_', ' ')}`, async (wire) => {
      wire.upstream.next({ hang })
      const controller = new AbortController()
      const { signal } = controller
      const asked = openAIClient(wire.gateway).chat.completions.create({ ...ask, stream }, { signal })
      const outcome = assert.rejects(Promise.resolve(asked), OpenAI.APIUserAbortError)
      await wire.upstream.journal.waitFor(({ rawBody }) => rawBody.length > 0, patienceMs)
      controller.abort()
      await outcome
      const left = await wire.upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
      assert.equal(left.ended, 'client_closed')
    })
  }
}

for (const name of ['openai', 'ollama'] as const) {
  test(`aborted streams give their connections back: a pool of two serves a third [${name} wire]`, async () => {
    await using wire = await startWire(name, { max_connections: 2 })
    const client = openAIClient(wire.gateway)
    wire.upstream.next(endless, endless)
    for (let round = 0; round < 2; round += 1) {
      for await (const _ of await client.chat.completions.create(streamed)) break
    }
    const chunks = await chunksOf(await client.chat.completions.create(streamed))
    assert.match(textOf(chunks), /You asked about/)
  })
}

testEachWire('an error inside a stream is thrown after the text that came before it', async ({ gateway, upstream }) => {
  upstream.next({ chunks: ['One ', 'two ', 'three'], inBandErrorAfter: 3 })
  const stream = await openAIClient(gateway).chat.completions.create(streamed)
  const chunks: Chunk[] = []
  const read = async () => {
    for await (const chunk of stream) chunks.push(chunk)
  }
  await assert.rejects(read(), OpenAI.APIError)
  assert.match(textOf(chunks), /^One two/)
})

const breaks: readonly (readonly [string, Behaviour])[] = [
  ['dies', { disconnectAfter: 3 }],
  ['ends too early', { truncateAfter: 3 }],
]
for (const [what, behaviour] of breaks) {
  testEachWire(`a provider that ${what} in mid-stream is an error, never a complete answer`, async (wire) => {
    wire.upstream.next({ chunks: ['One ', 'two ', 'three ', 'four'], ...behaviour })
    const stream = await openAIClient(wire.gateway).chat.completions.create(streamed)
    const chunks: Chunk[] = []
    const read = async () => {
      for await (const chunk of stream) chunks.push(chunk)
    }
    await assert.rejects(read(), (error: unknown) => {
      assert.ok(error instanceof OpenAI.APIError)
      assert.equal(error.code, 'upstream_error')
      return true
    })
    assert.match(textOf(chunks), /^One two/, 'what was delivered was shown')
    assert.ok(chunks.every((chunk) => !chunk.choices[0]?.finish_reason))
  })
}

const falseStarts: readonly (readonly [string, Behaviour])[] = [
  ['whose first event is an error', { inBandErrorAfter: 0 }],
  ['that breaks off before any text', { disconnectAfter: 0 }],
  ['that is empty', { truncateAfter: 0 }],
]
for (const [what, behaviour] of falseStarts) {
  test(`a stream ${what} is answered by the next provider instead`, async () => {
    await using ollama = await startOllamaUpstream()
    await using openai = await startOpenAIUpstream()
    const providers = { local: localOllama(ollama), openai: openAIProvider(openai) }
    await using gateway = await startGateway({ providers })
    ollama.next(behaviour)
    const { data, response } = await openAIClient(gateway).chat.completions.create(streamed).withResponse()
    const chunks = await chunksOf(data)
    assert.match(textOf(chunks), /^\[simulated openai gpt-4o\]/)
    assert.equal(response.headers.get('x-aegis-provider'), 'openai')
    assert.equal(response.headers.get('x-aegis-reason'), 'fallback')
    assert.equal(response.headers.get('x-aegis-attempts'), '2')
  })
}

test('the opening of a failed stream is not shown in front of the answer of the next provider', async () => {
  await using first = await startOpenAIUpstream({ label: 'first' })
  await using second = await startOpenAIUpstream({ label: 'second' })
  const providers = { openai_first: openAIProvider(first), openai_second: openAIProvider(second) }
  await using gateway = await startGateway({ providers })
  first.next({ disconnectAfter: 1 }, { inBandErrorAfter: 1, comments: true })
  for (let round = 0; round < 2; round += 1) {
    const chunks = await chunksOf(await openAIClient(gateway).chat.completions.create(streamed))
    assert.match(textOf(chunks), /^\[simulated second gpt-4o\]/)
    assert.equal(chunks.filter((chunk) => chunk.choices[0]?.delta.role).length, 1, 'one opening')
  }
})
