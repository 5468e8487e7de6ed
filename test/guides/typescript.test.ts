// Runs the TypeScript of the guides against a gateway and simulated providers, each block as it stands there.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startOllamaUpstream, type Upstream } from '../../src/testing/index.ts'
import { startThreeProviders, type ThreeProviders } from '../cli/three-providers.ts'
import { localOllama, type RunningGateway, startGateway } from '../make/gateway.ts'
import { Guide, guideNames } from '../make/guide.ts'
import { GuideModules } from '../make/guide-modules.ts'

const MASTER_KEY = 'sk-master-of-the-guides-0123456789'

/** All blocks of a guide after one another, with what a reader has around them. */
interface Scene {
  readonly before: string
  /** Writes one line of JSON. Where a guide is only checked there is none. */
  readonly after?: string
  readonly proves?: (shown: Record<string, unknown>) => void
}

const scenes: Readonly<Record<string, Scene>> = {
  langchain: {
    before: `const texts = ['a text', 'another']; const records = ['a record']`,
    after: `const there = await remote.invoke('Why is the sky blue?')
      console.log(JSON.stringify({ ...answer.response_metadata, usage: answer.usage_metadata,
        vectors: vectors.length, location, there: there.response_metadata.provider }))`,
    proves: ({ provider, cost_usd, usage, vectors, location, there }) => {
      assert.equal(provider, 'local_ollama')
      assert.equal(cost_usd, 0)
      assert.ok((usage as { total_tokens: number }).total_tokens > 0)
      assert.deepEqual([vectors, location, there], [2, 'local', 'local_ollama'])
    },
  },
  'ai-sdk': {
    before: '',
    after: 'console.log(JSON.stringify({ text, aegis: providerMetadata?.aegis }))',
    proves: ({ text, aegis }) => {
      assert.match(String(text), /You asked/)
      const said = [...new Guide('ai-sdk').text.matchAll(/^providerMetadata\?\.aegis\s+\/\/ (.+)$/gm)][0]?.[1] ?? ''
      const facts = aegis as Record<string, unknown>
      for (const name of said.split(', ')) assert.ok(name in facts, `${name} of ${Object.keys(facts)}`)
      assert.equal(facts.location, 'local')
    },
  },
  'responses-and-batches': {
    before: `import { createReadStream } from 'node:fs'
      import OpenAI from 'openai'
      const apiKey = 'sk-aegis-…'`,
    after: `let ended = batch
      while (!['completed', 'failed', 'expired', 'cancelled'].includes(ended.status)) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        ended = await client.batches.retrieve(batch.id)
      }
      const kept = await client.responses.retrieve(next.id)
      console.log(JSON.stringify({ text: kept.output_text, before: kept.previous_response_id === first.id,
        status: ended.status, counts: ended.request_counts }))`,
    proves: ({ text, before, status, counts }) => {
      assert.match(String(text), /You asked/)
      assert.deepEqual([before, status], [true, 'completed'])
      assert.deepEqual(counts, { total: 2, completed: 2, failed: 0 })
    },
  },
  // Parts of a program; the program itself is examples/aegis-rag, which its own tests run.
  'from-hard-coded-ollama': {
    before: `import type { Models } from '${new URL('../../examples/aegis-rag/src/models/models.ts', import.meta.url).pathname}'
      import * as z from 'zod'
      declare const models: Models
      const schema = z.object({})
      const [instructions, text] = ['', '']`,
  },
}

describe('the TypeScript of the guides', () => {
  let upstreams: ThreeProviders
  let local: Upstream
  let gateway: RunningGateway
  const modules = new GuideModules()

  before(async () => {
    upstreams = await startThreeProviders()
    local = await startOllamaUpstream({ models: ['llama3.2:8b', 'nomic-embed-text'] })
    const models = ['llama3.2:8b', 'nomic-embed-text']
    const providers = { ...upstreams.config.providers, local_ollama: localOllama(local, { models }) }
    const config = { ...upstreams.config, providers }
    modules.write('aegis.yml', JSON.stringify({ ...config, ledger: 'memory:' }))
    gateway = await startGateway({ ...config, auth: { master_key: MASTER_KEY } })
    const line = (id: string) => {
      const body = { model: 'auto', messages: [{ role: 'user', content: 'Why?' }] }
      return JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body })
    }
    modules.write('questions.jsonl', `${line('one')}\n${line('two')}\n`)
    for (const [name, scene] of Object.entries(scenes)) {
      const blocks = new Guide(name).blocks('ts').map((block) => block.replaceAll('http://127.0.0.1:8080', gateway.url))
      const text = [scene.before, ...blocks, scene.after ?? ''].join('\n').replaceAll('sk-aegis-…', MASTER_KEY)
      modules.write(`${name}.ts`, `${text}\nexport {}\n`)
    }
  })
  after(async () => {
    modules[Symbol.dispose]()
    await gateway.close()
    await local.close()
    await upstreams[Symbol.asyncDispose]()
  })

  test('is right by its types', async () => {
    const { code, output } = await modules.checkTypes()
    assert.equal(code, 0, output)
  })

  for (const [name, { after: tail, proves }] of Object.entries(scenes)) {
    if (tail === undefined) continue
    test(`of ${name} does what it says`, async () => {
      const { code, stdout, output } = await modules.run(`${name}.ts`)
      assert.equal(code, 0, output)
      proves?.(JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>)
    })
  }

  test('has a scene here wherever a guide shows some', () => {
    const showing = guideNames.filter((name) => new Guide(name).blocks('ts').length > 0)
    assert.deepEqual(showing.sort(), Object.keys(scenes).sort())
  })
})
