// Data that nobody declared, in every place of a Messages request that could carry it: none of it reaches a cloud of any wire.
import { after, before, describe, test } from 'node:test'
import type { JsonObject, JsonValue } from '../../src/testing/index.ts'
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

const user = (content: JsonValue): JsonObject => ({ role: 'user', content })
const assistant = (...content: JsonValue[]): JsonObject => ({ role: 'assistant', content })
const text = (said: string): JsonObject => ({ type: 'text', text: said })
const use = (input: JsonValue): JsonObject => ({ type: 'tool_use', id: 'toolu_1', name: 'look_up', input })
const result = (content: JsonValue): JsonObject => ({ type: 'tool_result', tool_use_id: 'toolu_1', content })
const document = (more: JsonObject): JsonObject => ({
  type: 'document',
  source: { type: 'text', media_type: 'text/plain', data: 'Hello.' },
  ...more,
})
const toolWith = (more: JsonObject): JsonObject => ({
  tools: [{ name: 'look_up', input_schema: { type: 'object' }, ...more }],
})

/** Identifiers are put together where a text goes on in the next block; the halves of a name are words of their own. */
const splitCarriers: Readonly<Record<string, (canary: string) => JsonObject>> = {
  'two halves in adjacent blocks': (canary) => ({
    messages: [user([text(canary.slice(0, canary.length >> 1)), text(canary.slice(canary.length >> 1))])],
  }),
  'two halves in blocks of the system': (canary) => ({
    system: [text(canary.slice(0, canary.length >> 1)), text(canary.slice(canary.length >> 1))],
  }),
}
const identifiers = ['a card', 'an IBAN', 'an e-mail address', 'a German tax id', 'a token']

const carriers: Readonly<Record<string, (canary: string) => JsonObject>> = {
  'the system': (canary) => ({ system: canary }),
  'a block of the system': (canary) => ({ system: [text('Be kind.'), text(canary)] }),
  'a mark in the system': (canary) => ({
    system: [{ ...text('Hi.'), cache_control: { type: 'ephemeral', x: canary } }],
  }),
  'an earlier turn': (canary) => ({ messages: [user(canary), assistant(text('Yes.')), user('Go on.')] }),
  'an answer in the history': (canary) => ({ messages: [user('Hi.'), assistant(text(canary)), user('Go on.')] }),
  'thoughts in the history': (canary) => ({
    messages: [
      user('Hi.'),
      assistant({ type: 'thinking', thinking: canary, signature: 'c2ln' }, text('Yes.')),
      user('Go.'),
    ],
  }),
  'the input of a tool’s use': (canary) => ({
    messages: [user('Hi.'), assistant(use({ filter: { value: canary } })), user([result('none')])],
  }),
  'the result of a tool': (canary) => ({ messages: [user('Hi.'), assistant(use({})), user([result(canary)])] }),
  'a block of the result of a tool': (canary) => ({
    messages: [user('Hi.'), assistant(use({})), user([result([text('Found:'), text(canary)])])],
  }),
  'the text of a document': (canary) => ({
    messages: [user([document({ source: { type: 'text', media_type: 'text/plain', data: canary } })])],
  }),
  'the title of a document': (canary) => ({ messages: [user([document({ title: canary })])] }),
  'the context of a document': (canary) => ({ messages: [user([document({ context: canary })])] }),
  'the description of a tool': (canary) => toolWith({ description: canary }),
  'an example of a tool': (canary) => toolWith({ input_examples: [{ value: canary }] }),
  'the schema of a tool': (canary) =>
    toolWith({ input_schema: { type: 'object', properties: { a: { enum: [canary] } } } }),
  'a schema for the answer': (canary) => ({
    output_config: { format: { type: 'json_schema', schema: { type: 'object', description: canary } } },
  }),
  'the user': (canary) => ({ metadata: { user_id: canary } }),
  'a stop sequence': (canary) => ({ stop_sequences: [canary] }),
  'a member of tomorrow': (canary) => ({ of_tomorrow: { deep: [{ er: canary }] } }),
}

for (const [place, carry] of Object.entries({ ...carriers, ...splitCarriers })) {
  describe(`in ${place}`, () => {
    const ask = (canary: string) => {
      const plain = { model: 'openai/gpt-4o', max_tokens: 100, messages: [user('Go on.')] }
      return send(world, '/v1/messages', { ...plain, ...carry(canary) })
    }
    for (const [what, canary] of Object.entries(canaries)) {
      if (place in splitCarriers && !identifiers.includes(what)) continue
      test(`${what} stays`, async () => {
        await assertKept(world, () => ask(canary), canary, `${what} in ${place}`)
      })
    }
    test('a harmless text goes', async () => {
      await assertSent(world, () => ask(harmless), place)
    })
  })
}
