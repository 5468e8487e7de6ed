// Data that nobody declared, in every text of a request for a response: none of it reaches a cloud.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '../../src/testing/index.ts'
import { assertAbsent, canaries, harmless } from '../make/canaries.ts'
import { member } from './client.ts'
import { assertKept, assertSent, cloudsOf, send, startOpenWorld } from './undeclared.ts'
import type { World } from './world.ts'

let world: World
before(async () => {
  world = await startOpenWorld()
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

const user = (content: unknown) => ({ role: 'user', content }) as JsonObject
const call = (given: string): JsonObject => ({
  type: 'function_call',
  call_id: 'call_1',
  name: 'look_up',
  arguments: given,
})
const output = (text: unknown) => ({ type: 'function_call_output', call_id: 'call_1', output: text }) as JsonObject
const tool = (more: JsonObject): JsonObject => ({ tools: [{ type: 'function', name: 'look_up', ...more }] })
const schema = (more: JsonObject): JsonObject => ({
  type: 'object',
  properties: { value: { type: 'string', ...more } },
})

const carriers: Readonly<Record<string, (text: string) => JsonObject>> = {
  'the input': (text) => ({ input: text }),
  instructions: (text) => ({ instructions: text }),
  'a message': (text) => ({ input: [user(text)] }),
  'a part': (text) => ({ input: [user([{ type: 'input_text', text }])] }),
  'an earlier turn': (text) => ({ input: [user(text), { role: 'assistant', content: 'Yes.' }, user('Go on.')] }),
  'an earlier answer': (text) => ({
    input: [
      user('Hi.'),
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] },
      user('Go on.'),
    ],
  }),
  'an earlier refusal': (text) => ({
    input: [user('Hi.'), { role: 'assistant', content: [{ type: 'refusal', refusal: text }] }, user('Go on.')],
  }),
  'the thoughts of an earlier turn': (text) => ({
    input: [
      user('Hi.'),
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text }] },
      { role: 'assistant', content: 'Yes.' },
      user('Go on.'),
    ],
  }),
  'a developer message': (text) => ({ input: [{ role: 'developer', content: text }, user('Go on.')] }),
  'the arguments of a call': (text) => ({
    input: [user('Hi.'), call(JSON.stringify({ deep: [text] })), output('none')],
  }),
  'the output of a call': (text) => ({ input: [user('Hi.'), call('{}'), output(text)] }),
  'a part of the output of a call': (text) => ({
    input: [user('Hi.'), call('{}'), output([{ type: 'input_text', text }])],
  }),
  'the description of a tool': (text) => tool({ description: text, parameters: schema({}) }),
  'the parameters of a tool': (text) => tool({ parameters: schema({ enum: ['a', text] }) }),
  'a schema': (text) => ({
    text: { format: { type: 'json_schema', name: 'answer', schema: schema({ description: text }) } },
  }),
  user: (text) => ({ user: text }),
  'a member of a vendor': (text) => ({ vendor_extension: { deep: [text] } }),
}

describe('at /v1/responses', () => {
  for (const [carrier, make] of Object.entries(carriers)) {
    test(`nothing leaves in ${carrier}, whole and streamed`, async () => {
      for (const stream of [false, true]) {
        const body = (text: string) => ({ model: 'openai/gpt-4o', input: 'Go on.', ...make(text), stream })
        const ask = (text: string) => () => send(world, '/v1/responses', body(text))
        for (const [name, canary] of Object.entries(canaries))
          await assertKept(world, ask(canary), canary, `${name} in ${carrier}`)
        await assertSent(world, ask(harmless), carrier)
      }
    })
  }

  test('images, files and sound that nobody declared stay here', async () => {
    const data = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ'
    const parts: readonly JsonObject[] = [
      { type: 'input_image', image_url: data },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0xLjQK' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    ]
    for (const part of parts) {
      for (const input of [[user([part])], [user('Hi.'), call('{}'), output([part])]]) {
        const body = { model: 'openai/gpt-4o', input } as JsonObject
        await assertKept(world, () => send(world, '/v1/responses', body), 'no canary', String(part.type))
      }
    }
  })

  test('metadata, and thoughts after which nothing was said, are not sent at all', async () => {
    for (const canary of Object.values(canaries)) {
      const reasoning = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: canary }] }
      const body: JsonObject = {
        model: 'openai/gpt-4o',
        input: [reasoning, user(harmless)],
        metadata: { note: canary },
      }
      assert.equal((await send(world, '/v1/responses', body)).status, 200)
    }
    for (const { journal, label } of cloudsOf(world))
      for (const canary of Object.values(canaries)) assertAbsent(journal.allBytes(), canary, label)
  })

  test('an answer from here is searched before it goes out as history', async () => {
    const make = async (text: string) => {
      world.local_ollama.next({ text })
      const reply = await send(world, '/v1/responses', { model: 'auto:local', input: harmless })
      assert.equal(reply.headers['x-aegis-location'], 'local')
      return member(reply, 'id') as string
    }
    for (const [name, canary] of Object.entries(canaries)) {
      const previous_response_id = await make(canary)
      const body = { model: 'openai/gpt-4o', input: 'Go on.', previous_response_id }
      await assertKept(world, () => send(world, '/v1/responses', body), canary, name)
    }
    const body = { model: 'openai/gpt-4o', input: 'Go on.', previous_response_id: await make(harmless) }
    await assertSent(world, () => send(world, '/v1/responses', body), 'a harmless answer')
  })
})
