// Proves for every dialect and every wire that no field of a request is lost that has a counterpart there; those that have none are data.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { JsonObject, JsonValue } from '../../src/testing/index.ts'
import { at } from '../../src/testing/raw-http.ts'
import { anthropicFields } from './matrix/anthropic-fields.ts'
import { type CarriedField, type SpokenName, spokenNames, wireNames } from './matrix/arrival.ts'
import { ollamaFields } from './matrix/ollama-fields.ts'
import { openaiFields } from './matrix/openai-fields.ts'
import { responsesFields } from './matrix/responses-fields.ts'
import { earlier } from './matrix/responses-items.ts'
import { type MatrixWire, startMatrixWire } from './matrix/start-wire.ts'

interface Dialect {
  readonly path: string
  readonly plain: JsonObject
  readonly fields: readonly CarriedField[]
}

const messages = [{ role: 'user', content: 'Say hello.' }]

const dialects: Readonly<Record<SpokenName, Dialect>> = {
  openai: { path: '/v1/chat/completions', plain: { model: 'auto', messages }, fields: openaiFields },
  anthropic: { path: '/v1/messages', plain: { model: 'auto', max_tokens: 4096, messages }, fields: anthropicFields },
  ollama: { path: '/api/chat', plain: { model: 'auto', stream: false, messages }, fields: ollamaFields },
  responses: { path: '/v1/responses', plain: { model: 'auto', input: 'Say hello.' }, fields: responsesFields },
}

async function ask({ gateway }: MatrixWire, { path, plain }: Dialect, body: JsonObject): Promise<number> {
  const reply = await post(gateway.url + path, JSON.stringify({ ...plain, ...body }))
  await reply.arrayBuffer()
  return reply.status
}

function post(url: string, body: string): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'x-aegis-data-classification': 'public' }, body })
}

/** What goes on with an earlier response does so with one that was answered here. */
async function withEarlier({ gateway, upstream }: MatrixWire, body: JsonObject): Promise<JsonObject> {
  const text = JSON.stringify(body)
  if (!text.includes(earlier.response) && !text.includes(earlier.item)) return body
  upstream.next({ text: 'Hello.' })
  const reply = await post(`${gateway.url}/v1/responses`, JSON.stringify({ model: 'auto', input: earlier.input }))
  const { id, output } = (await reply.json()) as { id: string; output: { type: string; id: string }[] }
  const item = output.find(({ type }) => type === 'message')?.id ?? ''
  return JSON.parse(text.replaceAll(earlier.response, id).replaceAll(earlier.item, item)) as JsonObject
}

/** The strings and numbers of a body, wherever they stand. */
function leavesOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [value]
  return Object.values(value).flatMap(leavesOf)
}

/** A list of one text says what the text says. */
function withTexts(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withTexts(inner) ?? null]))
  const [only, ...more] = value
  if (more.length === 0 && at(only, 'type') === 'text') return at(only, 'text')
  return value.map((inner: JsonValue) => withTexts(inner) ?? null)
}

for (const dialect of spokenNames) {
  const spoken = dialects[dialect]
  for (const wire of dialect === 'responses' ? ([dialect, ...wireNames] as const) : wireNames) {
    describe(`${dialect}’s request at the ${wire} wire`, () => {
      let world: MatrixWire
      before(async () => {
        world = await startMatrixWire(wire)
      })
      after(() => world[Symbol.asyncDispose]())
      for (const { field, body, without = {}, arrives } of spoken.fields) {
        const arrival = arrives[wire]
        if (wire === dialect && !arrival) {
          test(`${field} is sent as it came`, async () => {
            assert.equal(await ask(world, spoken, body), 200)
            const sent = world.lastSent()
            for (const [name, value] of Object.entries(body)) {
              // Ollama's wire has members of the gateway's choice beside the caller's options.
              if (name === 'options')
                assert.deepEqual({ ...(sent?.options as JsonObject), ...(value as JsonObject) }, sent?.options)
              else if (name !== 'messages' || wire !== 'ollama') assert.deepEqual(sent?.[name], value, name)
            }
            const expected = leavesOf(body.messages ?? null)
            const arrived = leavesOf(sent?.messages)
            for (const leaf of expected) assert.ok(leaf === null || leaf === '' || arrived.includes(leaf), String(leaf))
          })
          continue
        }
        assert.ok(arrival, `${dialect} ${field}: nothing is said of ${wire}`)
        if ('at' in arrival) {
          test(`${field} arrives as ${arrival.at}`, async () => {
            assert.equal(await ask(world, spoken, await withEarlier(world, body)), 200)
            const sent = world.lastSent()
            assert.deepEqual(at(sent, arrival.at), arrival.is, JSON.stringify(sent))
            await ask(world, spoken, without)
            const lacking = at(world.lastSent(), arrival.at)
            assert.ok(!isDeepStrictEqual(lacking, arrival.is), 'it stands there without the field as well')
          })
        } else if ('leftOut' in arrival) {
          test(`${field} is left out, and the request is answered`, async () => {
            assert.equal(await ask(world, spoken, body), 200)
            const sent = world.lastSent()
            assert.equal(await ask(world, spoken, without), 200)
            assert.deepEqual(withTexts(sent), withTexts(world.lastSent()))
          })
        } else {
          test(`${field} is refused, and nothing is sent`, async () => {
            const before = world.lastSent()
            assert.equal(await ask(world, spoken, body), 400)
            assert.equal(world.lastSent(), before)
          })
        }
      }
    })
  }
}
