// Data that nobody declared, in every place of a request that could carry it: none of it reaches a cloud.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject, JsonValue } from '../../src/testing/index.ts'
import { canaries, harmless } from '../make/canaries.ts'
import { assertKept, assertSent, cloudChat, send, startOpenWorld } from './undeclared.ts'
import type { World } from './world.ts'

let world: World
before(async () => {
  world = await startOpenWorld()
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

const user = (content: JsonValue): JsonObject => ({ role: 'user', content })
const called = (name: string, text: string): JsonObject => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: text } }],
})
const schema = (more: JsonObject): JsonObject => ({
  type: 'object',
  properties: { value: { type: 'string', ...more } },
})
const toolWith = (more: JsonObject): JsonObject => ({
  tools: [{ type: 'function', function: { name: 'look_up', ...more } }],
})
const formatWith = (more: JsonObject): JsonObject => ({
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: schema(more) } },
})
const halves = (text: string): readonly [string, string] => [
  text.slice(0, text.length >> 1),
  text.slice(text.length >> 1),
]

/** Places in a chat completion. */
const carriers: Readonly<Record<string, (text: string) => JsonObject>> = {
  'a system message': (text) => ({ messages: [{ role: 'system', content: text }, user('Go on.')] }),
  'a developer message': (text) => ({ messages: [{ role: 'developer', content: text }, user('Go on.')] }),
  'an earlier turn': (text) => ({
    messages: [user(text), { role: 'assistant', content: 'Yes.' }, user('Go on.')],
  }),
  'an answer in the history': (text) => ({
    messages: [user('Hi.'), { role: 'assistant', content: text }, user('Go on.')],
  }),
  'the reasoning in the history': (text) => ({
    messages: [user('Hi.'), { role: 'assistant', content: 'Yes.', reasoning_content: text }, user('Go on.')],
  }),
  'the result of a tool': (text) => ({
    messages: [user('Hi.'), called('look_up', '{}'), { role: 'tool', tool_call_id: 'call_1', content: text }],
  }),
  'the arguments of a call': (text) => ({
    messages: [
      user('Hi.'),
      called('look_up', JSON.stringify({ filter: { value: text } })),
      { role: 'tool', tool_call_id: 'call_1', content: 'none' },
    ],
  }),
  'the description of a tool': (text) => toolWith({ description: text, parameters: schema({}) }),
  'an enum of a tool': (text) => toolWith({ parameters: schema({ enum: ['a', text] }) }),
  'a default of a tool': (text) => toolWith({ parameters: schema({ default: text }) }),
  'the examples of a tool': (text) => toolWith({ parameters: schema({ examples: [text] }) }),
  'the description of a schema': (text) => formatWith({ description: text }),
  'a constant of a schema': (text) => formatWith({ const: text }),
  'a text part': (text) => ({ messages: [user([{ type: 'text', text }])] }),
  'a data URL of text': (text) => ({
    messages: [user(`See data:text/plain;base64,${Buffer.from(`Note: ${text}`).toString('base64')} please`)],
  }),
  'the query of a URL': (text) => ({ messages: [user(`See https://example.org/?q=${encodeURIComponent(text)}`)] }),
  metadata: (text) => ({ metadata: { note: text } }),
  user: (text) => ({ user: text }),
  stop: (text) => ({ stop: [text] }),
  'a member of a vendor': (text) => ({ vendor_extension: { deep: [{ er: text }] } }),
  'the name of a speaker': (text) => ({ messages: [{ ...user('Go on.'), name: text }] }),
  'the name of a member': (text) => ({ metadata: { [text]: 'x' } }),
  'a member named __proto__': (text) => JSON.parse(`{"metadata":{"__proto__":${JSON.stringify({ note: text })}}}`),
  'JSON in JSON in JSON': (text) => ({
    messages: [user(JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ c: text }) }) }))],
  }),
}

/** Those whose twin no cloud can be asked with either: what is not text is not judged, and `prediction` has no price. */
const unreadable: Readonly<Record<string, (text: string) => JsonObject>> = {
  'a prediction': (text) => ({ prediction: { type: 'content', content: text } }),
  'the query of a picture': (text) => ({
    messages: [user([{ type: 'image_url', image_url: { url: `https://example.org/?q=${encodeURIComponent(text)}` } }])],
  }),
  'a picture': (text) => ({
    messages: [
      user([
        {
          type: 'image_url',
          image_url: { url: `data:image/png;base64,${Buffer.from(`\x89PNG\0${text}`, 'latin1').toString('base64')}` },
        },
      ]),
    ],
  }),
  'a file and its name': (text) => ({
    messages: [
      user([{ type: 'file', file: { filename: `${text}.txt`, file_data: 'data:text/plain;base64,aGVsbG8=' } }]),
    ],
  }),
  'a sound': (text) => ({
    messages: [
      user([{ type: 'input_audio', input_audio: { data: Buffer.from(text).toString('base64'), format: 'wav' } }]),
    ],
  }),
  'the transcript of a sound': (text) => ({
    messages: [
      user('Hi.'),
      { role: 'assistant', content: null, audio: { id: 'a1', transcript: text } },
      user('Go on.'),
    ],
  }),
}

describe('what nobody declared stays here', () => {
  for (const [carrier, make] of Object.entries(carriers)) {
    test(`in ${carrier}, whole and streamed; without it the same request goes to the cloud`, async () => {
      for (const stream of [false, true]) {
        for (const [name, canary] of Object.entries(canaries)) {
          const body = cloudChat({ ...make(canary), stream })
          await assertKept(world, () => world.chat(body), canary, `${name} in ${carrier}`)
        }
        await assertSent(world, () => world.chat(cloudChat({ ...make(harmless), stream })), carrier)
      }
    })
  }

  for (const [carrier, make] of Object.entries(unreadable)) {
    test(`in ${carrier}`, async () => {
      for (const [name, canary] of Object.entries(canaries)) {
        await assertKept(world, () => world.chat(cloudChat(make(canary))), canary, `${name} in ${carrier}`)
      }
    })
  }

  test('split over parts and over messages', async () => {
    const splits: Readonly<Record<string, (text: string) => JsonObject>> = {
      parts: (text) => ({ messages: [user(halves(text).map((half) => ({ type: 'text', text: half })))] }),
      messages: (text) => ({ messages: halves(text).map(user) }),
    }
    for (const [split, make] of Object.entries(splits)) {
      for (const name of ['a card', 'an IBAN', 'an e-mail address', 'a German tax id', 'a token']) {
        const canary = canaries[name] as string
        await assertKept(world, () => world.chat(cloudChat(make(canary))), canary, `${name} split over ${split}`)
      }
      await assertSent(world, () => world.chat(cloudChat(make(harmless))), split)
    }
  })

  test('as a number, also one with more digits than a number can hold', async () => {
    for (const digits of ['4539148803436467', '6304900017740292441']) {
      const body = `{"model":"openai/gpt-4o","messages":[{"role":"user","content":"hi"}],"metadata":{"a":${digits}}}`
      await assertKept(world, () => world.chat(body), digits, digits)
    }
  })

  test('under a name that stands twice, which is refused', async () => {
    for (const canary of Object.values(canaries)) {
      const text = JSON.stringify(canary)
      const body = `{"model":"openai/gpt-4o","messages":[{"role":"user","content":${text},"content":"hi"}]}`
      const reply = await assertKept(world, () => world.chat(body), canary, 'twice')
      assert.equal(reply.status, 400)
    }
  })
})

test('the name of a model, in a hint of the body or of a header, carries nothing out', async () => {
  const hinted = { aegis: { quality_requirement: 'critical', complexity: 'high' } }
  const ask = (name: string) => () =>
    world.chat({ ...cloudChat(hinted), model: 'auto' }, { headers: { 'x-aegis-model-openai': name } })
  for (const name of ['a card', 'an IBAN', 'an e-mail address', 'a token']) {
    const canary = canaries[name] as string
    await assertKept(world, ask(canary), canary, `${name} in a header`)
    const body = { ...cloudChat({ aegis: { ...hinted.aegis, model_openai: canary } }), model: 'auto' }
    await assertKept(world, () => world.chat(body), canary, `${name} in the body`)
    await assertKept(world, () => world.chat(cloudChat({ model: `openai/${canary}` })), canary, `${name} as a model`)
  }
  await assertSent(world, ask('gpt-4o'), 'a model')
})

test('headers, cookies and the query of a client are not passed on', async () => {
  const canary = canaries['a token'] as string
  const headers = { cookie: `session=${canary}`, baggage: `a=${canary}`, 'x-customer': canary, traceparent: canary }
  const reply = await send(world, `/v1/chat/completions?note=${canary}`, cloudChat({}), { headers })
  assert.equal(reply.status, 200, reply.text)
  for (const { journal } of [world.openai, world.ollama_cloud]) assert.ok(!journal.allBytes().includes(canary))
})

test('embeddings: one text of twenty with a finding keeps the whole batch here', async () => {
  for (const [name, canary] of Object.entries(canaries)) {
    for (const at of [0, 10, 19]) {
      const input = Array.from({ length: 20 }, (_, index) => (index === at ? canary : harmless))
      const body = { model: 'text-embedding-3-small', input }
      await assertKept(world, () => send(world, '/v1/embeddings', body), canary, name)
    }
  }
  const body = { model: 'text-embedding-3-small', input: Array.from({ length: 20 }, () => harmless) }
  await assertSent(world, () => send(world, '/v1/embeddings', body), 'embeddings')
  const tokens = { model: 'text-embedding-3-small', input: [52, 53, 51, 57, 49, 52, 56, 56] }
  await assertKept(world, () => send(world, '/v1/embeddings', tokens), 'no canary', 'tokens')
})

const atOllama: Readonly<Record<string, (text: string) => JsonObject>> = {
  'a message': (text) => ({ messages: [user(text)] }),
  'a system message': (text) => ({ messages: [{ role: 'system', content: text }, user('Go on.')] }),
  thinking: (text) => ({
    messages: [user('Hi.'), { role: 'assistant', content: 'Yes.', thinking: text }, user('Go on.')],
  }),
  'the arguments of a call': (text) => ({
    messages: [
      user('Hi.'),
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'look_up', arguments: { deep: [text] } } }] },
      { role: 'tool', tool_name: 'look_up', content: 'none' },
    ],
  }),
  'the result of a tool': (text) => ({
    messages: [
      user('Hi.'),
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'look_up', arguments: {} } }] },
      { role: 'tool', tool_name: 'look_up', content: text },
    ],
  }),
  'a tool': (text) => toolWith({ description: text, parameters: schema({}) }),
  'a format': (text) => ({ format: schema({ description: text }) }),
  'an option': (text) => ({ options: { stop: [text] } }),
}

describe('at /api/chat of Ollama', () => {
  for (const [carrier, make] of Object.entries(atOllama)) {
    test(`nothing leaves in ${carrier}, whole and streamed`, async () => {
      for (const stream of [false, true]) {
        const ask = (text: string) => () => send(world, '/api/chat', cloudChat({ ...make(text), stream }))
        for (const [name, canary] of Object.entries(canaries)) {
          await assertKept(world, ask(canary), canary, `${name} in ${carrier}`)
        }
        await assertSent(world, ask(harmless), carrier)
      }
    })
  }
})
