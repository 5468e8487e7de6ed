// Proves that privacy and money hold on every route that asks a model, whatever its dialect.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Behaviour, JsonObject } from '../../src/testing/index.ts'
import { Ask } from './client.ts'
import { assertKept, cloudsOf, send, startOpenWorld } from './undeclared.ts'
import { startWorld, until, type World } from './world.ts'

interface RouteCase {
  readonly path: string
  /** Of the text. */
  readonly body: (text: string) => JsonObject
  readonly streams: boolean
  readonly embeds?: true
}

const said = (content: string) => ({ messages: [{ role: 'user', content }] })
const routes: readonly RouteCase[] = [
  { path: '/v1/chat/completions', body: said, streams: true },
  { path: '/v1/completions', body: (prompt) => ({ prompt }), streams: true },
  { path: '/v1/responses', body: (input) => ({ input }), streams: true },
  { path: '/v1/embeddings', body: (input) => ({ input }), streams: false, embeds: true },
  { path: '/api/chat', body: said, streams: true },
  { path: '/api/generate', body: (prompt) => ({ prompt }), streams: true },
  { path: '/api/embed', body: (input) => ({ input }), streams: false, embeds: true },
  { path: '/api/embeddings', body: (prompt) => ({ prompt }), streams: false, embeds: true },
]
/** With and without a prefix. */
const both = routes.flatMap((route) =>
  route.path.startsWith('/v1') ? [route, { ...route, path: route.path.slice('/v1'.length) }] : [route],
)
const text = 'What is the capital of France?'

const faults: readonly Behaviour[] = [
  { status: 500 },
  { status: 429, headers: { 'retry-after': '1' } },
  { disconnectAfter: -1 },
  { disconnectAfter: 0 },
  { rawBody: '{"model":' },
]

function modelsOf({ embeds }: RouteCase): readonly string[] {
  return embeds ? ['openai/text-embedding-3-small', 'auto'] : ['openai/gpt-4o', 'gpt-4o', 'auto:cloud', 'auto']
}

describe('what is declared restricted', () => {
  for (const route of both) {
    test(`stays here at ${route.path}, in a header and in the body, whole and streamed`, async () => {
      await using world = await startOpenWorld()
      for (const stream of route.streams ? [false, true] : [false]) {
        for (const model of modelsOf(route)) {
          for (const level of ['confidential', 'pii', 'hipaa']) {
            const body = { model, ...route.body(text), ...(route.streams ? { stream } : {}) }
            const aegis = {
              data_classification: level,
              batch_size: 50,
              quality_requirement: 'critical',
              complexity: 'high',
            }
            const headers = { 'x-aegis-data-classification': level }
            const kept = await assertKept(world, () => send(world, route.path, { ...body, aegis }), text, model)
            assert.equal(kept.status, 200, kept.text)
            await assertKept(world, () => send(world, route.path, body, { headers }), text, model)
          }
        }
      }
    })
  }

  for (const route of routes) {
    test(`is refused at ${route.path}, and goes nowhere else, when the local provider fails in any way`, async () => {
      await using world = await startOpenWorld()
      for (const fault of faults) {
        world.local_ollama.reset()
        world.local_ollama.always(fault)
        const body = {
          model: modelsOf(route)[0] as string,
          ...route.body(text),
          ...(route.streams ? { stream: true } : {}),
        }
        const ask = () => send(world, route.path, { ...body, aegis: { data_classification: 'pii' } })
        const reply = await assertKept(world, ask, text, JSON.stringify(fault))
        assert.equal(reply.status, 503, reply.text)
        assert.ok(Number(reply.headers['retry-after']) > 0)
      }
      await world.local_ollama.stopListening()
      const body = { ...route.body(text), ...(route.streams ? { stream: false } : {}) }
      const gone = () => send(world, route.path, { ...body, aegis: { data_classification: 'hipaa' } })
      assert.equal((await assertKept(world, gone, text, 'gone')).status, 503)
      for (const { journal } of cloudsOf(world)) assert.equal(journal.connections.length, 0)
    })
  }
})

const embeddingPrice = { 'text-embedding-3-small': { input_per_million: 20, output_per_million: 0 } }

/** Paid only: nobody here answers. */
function startPaid(limit: number): Promise<World> {
  const gpt = { 'gpt-4o': { input_per_million: 2.5, output_per_million: 10 } }
  return startWorld({
    limits: { openai: limit },
    providers: {
      local_ollama: undefined,
      ollama_cloud: undefined,
      openai: { models: ['gpt-4o', 'text-embedding-3-small'] },
    },
    config: { pricing: { openai: { ...gpt, ...embeddingPrice } } },
  })
}

describe('every answer is paid for', () => {
  for (const route of routes) {
    test(`at ${route.path}: what is charged is what is told and what is listed, and nothing stays reserved`, async () => {
      await using world = await startPaid(10)
      let told = 0
      const kinds = route.streams ? [false, true] : [false]
      for (const stream of kinds) {
        const reply = await send(world, route.path, { ...route.body(text), ...(route.streams ? { stream } : {}) })
        assert.equal(reply.status, 200, reply.text)
        if (!stream) told = Math.round(Number(reply.headers['x-aegis-cost-usd']) * 1e9)
      }
      await world.atRest()
      const { spent } = await world.budget('openai')
      assert.ok(told > 0)
      assert.equal(spent, told * kinds.length)
      const rows = await world.usage()
      assert.equal(rows.length, kinds.length)
      assert.equal(
        rows.reduce((sum, { cost }) => sum + cost, 0),
        spent,
      )
    })

    test(`at ${route.path}: what does not fit into the budget is a 402, and nobody is asked`, async () => {
      await using world = await startPaid(0.000_000_001)
      for (const stream of route.streams ? [false, true] : [false]) {
        const reply = await send(world, route.path, { ...route.body(text), ...(route.streams ? { stream } : {}) })
        assert.equal(reply.status, 402, reply.text)
        assert.match(reply.text, /budget_exceeded/)
        if (route.path.startsWith('/api/')) assert.equal(typeof reply.json.error, 'string')
        else assert.equal(typeof reply.json.error, 'object')
      }
      assert.equal(world.openai.journal.requests.length, 0)
    })
  }
})

describe('a client that leaves', () => {
  for (const route of routes.filter(({ streams }) => streams)) {
    test(`frees the provider at ${route.path}, and pays for no less than it saw`, async () => {
      await using world = await startPaid(10)
      const chunks = Array.from({ length: 20_000 }, (_, index) => `word${index} `)
      world.openai.next({ chunks, chunkGapMs: 2 })
      const body = { ...route.body(text), stream: true, max_tokens: 50_000 }
      const asked = new Ask(`${world.gateway.url}${route.path}`, body)
      await asked.seen('word5')
      asked.leave()
      await until(() => world.openai.journal.requests.some(({ ended }) => ended === 'client_closed'), 'it is freed')
      await world.atRest()
      const [row] = await world.usage()
      assert.equal(row?.status, 'client_closed')
      assert.ok((row?.cost ?? 0) > 0)
    })
  }
})
