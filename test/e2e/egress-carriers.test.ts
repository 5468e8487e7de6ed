// Data that nobody declared, in every place of a request that could carry it: none of it reaches a cloud.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '../../src/testing/index.ts'
import { canaries, harmless } from '../make/canaries.ts'
import { carriers, halves, schema, toolWith, unreadable, user } from './carriers.ts'
import { assertKept, assertSent, cloudChat, send, startOpenWorld } from './undeclared.ts'
import type { World } from './world.ts'

let world: World
before(async () => {
  world = await startOpenWorld()
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

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
