// Proves for every dialect and every wire that no field of a request is lost that has a counterpart there; those that have none are data.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { JsonObject, JsonValue } from '../../src/testing/index.ts'
import { at } from '../../src/testing/raw-http.ts'
import { anthropicFields } from './matrix/anthropic-fields.ts'
import { type CarriedField, type DialectName, dialectNames, wireNames } from './matrix/arrival.ts'
import { ollamaFields } from './matrix/ollama-fields.ts'
import { openaiFields } from './matrix/openai-fields.ts'
import { type MatrixWire, startMatrixWire } from './matrix/start-wire.ts'

interface Dialect {
  readonly path: string
  readonly plain: JsonObject
  readonly fields: readonly CarriedField[]
}

const messages = [{ role: 'user', content: 'Say hello.' }]

const dialects: Readonly<Record<DialectName, Dialect>> = {
  openai: { path: '/v1/chat/completions', plain: { model: 'auto', messages }, fields: openaiFields },
  anthropic: { path: '/v1/messages', plain: { model: 'auto', max_tokens: 4096, messages }, fields: anthropicFields },
  ollama: { path: '/api/chat', plain: { model: 'auto', stream: false, messages }, fields: ollamaFields },
}

async function ask({ gateway }: MatrixWire, { path, plain }: Dialect, body: JsonObject): Promise<number> {
  const headers = { 'x-aegis-data-classification': 'public' }
  const sent = JSON.stringify({ ...plain, ...body })
  const reply = await fetch(gateway.url + path, { method: 'POST', headers, body: sent })
  await reply.arrayBuffer()
  return reply.status
}

/** The strings and numbers of a body, wherever they stand. */
function leavesOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [value]
  return Object.values(value).flatMap(leavesOf)
}

for (const dialect of dialectNames) {
  const spoken = dialects[dialect]
  for (const wire of wireNames) {
    describe(`${dialect}’s request at the ${wire} wire`, () => {
      for (const { field, body, arrives } of spoken.fields) {
        if (wire === dialect) {
          test(`${field} is sent as it came`, async () => {
            await using world = await startMatrixWire(wire)
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
        const arrival = arrives[wire]
        assert.ok(arrival, `${dialect} ${field}: nothing is said of ${wire}`)
        if ('at' in arrival) {
          test(`${field} arrives as ${arrival.at}`, async () => {
            await using world = await startMatrixWire(wire)
            assert.equal(await ask(world, spoken, body), 200)
            const sent = world.lastSent()
            assert.deepEqual(at(sent, arrival.at), arrival.is, JSON.stringify(sent))
            await ask(world, spoken, {})
            const without = at(world.lastSent(), arrival.at)
            assert.ok(!isDeepStrictEqual(without, arrival.is), 'it stands there without the field as well')
          })
        } else if ('leftOut' in arrival) {
          test(`${field} is left out, and the request is answered`, async () => {
            await using world = await startMatrixWire(wire)
            assert.equal(await ask(world, spoken, body), 200)
          })
        } else {
          test(`${field} is refused, and nothing is sent`, async () => {
            await using world = await startMatrixWire(wire)
            assert.equal(await ask(world, spoken, body), 400)
            assert.equal(world.lastSent(), undefined)
          })
        }
      }
    })
  }
}
