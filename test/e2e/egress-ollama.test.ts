// Data that nobody declared, in every text of Ollama's routes beside /api/chat: none of it reaches a cloud.
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '../../src/testing/index.ts'
import { canaries, harmless } from '../make/canaries.ts'
import { assertKept, assertSent, send, startOpenWorld } from './undeclared.ts'
import type { World } from './world.ts'

let world: World
before(async () => {
  world = await startOpenWorld()
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

const prompted: Readonly<Record<string, (text: string) => JsonObject>> = {
  'the prompt': (text) => ({ prompt: text }),
  'the system text': (text) => ({ system: text }),
  'a format': (text) => ({ format: { type: 'object', properties: { a: { type: 'string', description: text } } } }),
  'an option': (text) => ({ options: { stop: [text] } }),
}

describe('at /api/generate', () => {
  for (const [carrier, make] of Object.entries(prompted)) {
    test(`nothing leaves in ${carrier}, whole and streamed`, async () => {
      for (const stream of [false, true]) {
        const body = (text: string) => ({ model: 'openai/gpt-4o', prompt: 'Go on.', ...make(text), stream })
        const ask = (text: string) => () => send(world, '/api/generate', body(text))
        for (const [name, canary] of Object.entries(canaries))
          await assertKept(world, ask(canary), canary, `${name} in ${carrier}`)
        await assertSent(world, ask(harmless), carrier)
      }
    })
  }

  test('an image that nobody declared stays here, and so does a text that is split between system and prompt', async () => {
    const image = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64').toString('base64')
    const shown = { model: 'openai/gpt-4o', prompt: 'Go on.', images: [image], stream: false }
    await assertKept(world, () => send(world, '/api/generate', shown), image, 'an image')
    const card = canaries['a card'] as string
    const split = { model: 'openai/gpt-4o', system: card.slice(0, 9), prompt: card.slice(9), stream: false }
    await assertKept(world, () => send(world, '/api/generate', split), card, 'two halves')
  })

  test('what is declared stays here, in the body and in a header', async () => {
    const body = { model: 'openai/gpt-4o', prompt: harmless, stream: false }
    const inBody = { ...body, aegis: { data_classification: 'pii' } }
    await assertKept(world, () => send(world, '/api/generate', inBody), harmless, 'in the body')
    const headers = { 'x-aegis-data-classification': 'pii' }
    await assertKept(world, () => send(world, '/api/generate', body, { headers }), harmless, 'in a header')
  })
})

test('nothing leaves in a text that is embedded, alone or among many', async () => {
  const model = 'text-embedding-3-small'
  for (const [name, canary] of Object.entries(canaries)) {
    const bodies: readonly (readonly [string, JsonObject])[] = [
      ['/api/embed', { model, input: canary }],
      ['/api/embed', { model, input: [harmless, canary, harmless] }],
      ['/api/embeddings', { model, prompt: canary }],
    ]
    for (const [path, body] of bodies) await assertKept(world, () => send(world, path, body), canary, name)
  }
  await assertSent(world, () => send(world, '/api/embed', { model, input: [harmless] }), '/api/embed')
  await assertSent(world, () => send(world, '/api/embeddings', { model, prompt: harmless }), '/api/embeddings')
})
