// Proves what is read of a real server's /api/show, and of a simulated one's whole list.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { localProvider } from '../../../test/make/provider.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import { systemClock } from '../../open-aegis.ts'
import { startOllamaUpstream } from '../../testing/index.ts'
import { OllamaProvider } from './ollama-provider.ts'
import { factsOf } from './read-listing.ts'

test('a recorded reply of a real server says what its model reads and can do', () => {
  const shown = readFileSync(new URL('../../../test/fixtures/ollama/show.response.json', import.meta.url))
  const facts = factsOf(shown)
  assert.equal(facts.contextTokens, 8192)
  assert.deepEqual(
    [facts.capabilities?.chat, facts.capabilities?.vision, facts.capabilities?.embeddings],
    [true, false, false],
  )
})

test('a server that says nothing of capabilities leaves them unknown', () => {
  assert.deepEqual(factsOf(Buffer.from('{"model_info":{"llama.context_length":4096}}')), {
    contextTokens: 4096,
    capabilities: {},
  })
  assert.deepEqual(factsOf(Buffer.from('<html>')), { contextTokens: undefined, capabilities: {} })
})

test('every model of a server is described under each of its names', async () => {
  await using upstream = await startOllamaUpstream({
    models: [
      'llama3.2:8b',
      { name: 'nomic-embed-text', contextLength: 2048 },
      { name: 'llava', capabilities: ['completion', 'vision'] },
    ],
  })
  await using connection = connectTo(upstream.url)
  const settings = { keepAlive: undefined, maxContextTokens: 32_768 }
  const deps = { upstream: connection.upstream, settings, clock: systemClock, onViolation: () => {} }
  const described = await new OllamaProvider(localProvider(), deps).describe(new Cancellation())
  assert.deepEqual(
    described.map(({ name, facts }) => [
      name,
      facts.contextTokens,
      facts.capabilities?.vision,
      facts.capabilities?.embeddings,
    ]),
    [
      ['llama3.2:8b', 131_072, false, false],
      ['nomic-embed-text:latest', 2048, false, true],
      ['nomic-embed-text', 2048, false, true],
      ['llava:latest', 131_072, true, false],
      ['llava', 131_072, true, false],
    ],
  )
})
