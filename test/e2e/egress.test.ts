// Proves that restricted data never opens a connection to anything but the local provider, whatever else goes wrong.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Behaviour, startOpenAIUpstream } from '../../src/testing/index.ts'
import fc from '../make/property.ts'
import { errorOf, get } from './client.ts'
import { metricOf, question, startWorld, temporaryFolder, type World } from './world.ts'

const levels = ['confidential', 'pii', 'hipaa'] as const
const temptations: Readonly<
  Record<string, { readonly model?: string; readonly aegis?: Readonly<Record<string, unknown>> }>
> = {
  'no other hint': {},
  'a cloud model by name': { model: 'openai/gpt-4o' },
  'a bare cloud model': { model: 'gpt-4o' },
  'the cloud tier': { model: 'auto:cloud' },
  'a large batch': { aegis: { batch_size: 20 } },
  'critical quality': { aegis: { quality_requirement: 'critical', complexity: 'very_high' } },
}
const faults: Readonly<Record<string, Behaviour>> = {
  'answers 500': { status: 500, errorBody: { error: 'no' } },
  'answers 429': { status: 429, headers: { 'retry-after': '3' }, errorBody: { error: 'no' } },
  'is malformed': { rawBody: '{"model":' },
  'drops before headers': { disconnectAfter: -1 },
  'drops before its first token': { disconnectAfter: 0 },
  'reports an error in its answer': { inBandErrorAfter: 0 },
}

/** Neither a connection nor a byte. */
function assertNothingLeft(world: World): void {
  for (const cloud of [world.openai, world.ollama_cloud]) {
    assert.equal(cloud.journal.connections.length, 0)
    assert.equal(cloud.journal.allBytes().length, 0)
  }
}

describe('restricted data', () => {
  for (const level of levels) {
    for (const [temptation, { model = 'auto', aegis = {} }] of Object.entries(temptations)) {
      test(`classified ${level} is answered at home with ${temptation}, declared either way, whole and streamed`, async () => {
        await using world = await startWorld()
        for (const stream of [false, true]) {
          const inBody = await world.chat(
            question({ model, stream, aegis: { ...aegis, data_classification: level } as never }),
          )
          const headers = { 'x-aegis-data-classification': level }
          const inHeader = await world.chat(question({ model, stream, aegis: aegis as never }), { headers })
          for (const reply of [inBody, inHeader]) {
            assert.equal(reply.status, 200, reply.text)
            assert.equal(reply.headers['x-aegis-location'], 'local')
            assert.equal(reply.headers['x-aegis-reason'], 'sensitive_data_local_only')
          }
        }
        assertNothingLeft(world)
      })
    }
  }

  for (const [fault, behaviour] of Object.entries(faults)) {
    test(`is refused, and not sent elsewhere, when the local provider ${fault}`, async () => {
      await using world = await startWorld()
      world.local_ollama.always(behaviour)
      for (const stream of [false, true]) {
        const reply = await world.chat(
          question({ stream, model: 'openai/gpt-4o', aegis: { data_classification: 'pii' } }),
        )
        assert.equal(reply.status, 503, reply.text)
        assert.equal(errorOf(reply).code, 'local_unavailable_for_restricted_data')
        assert.ok(Number(reply.headers['retry-after']) > 0)
      }
      assertNothingLeft(world)
    })
  }

  test('is refused when the local provider is not there at all', async () => {
    await using world = await startWorld()
    await world.local_ollama.stopListening()
    const reply = await world.chat(question({ aegis: { data_classification: 'hipaa', batch_size: 20 } }))
    assert.equal(errorOf(reply).code, 'local_unavailable_for_restricted_data')
    assertNothingLeft(world)
  })

  test('ends as a broken answer when the local provider drops in the middle of its stream', async () => {
    await using world = await startWorld()
    world.local_ollama.always({ chunks: ['one ', 'two ', 'three'], disconnectAfter: 2 })
    const reply = await world.chat(question({ stream: true, aegis: { data_classification: 'pii' } }))
    assert.match(reply.text, /data: \{"error"/)
    assert.doesNotMatch(reply.text, /\[DONE\]/)
    assertNothingLeft(world)
  })

  test('for a named cloud model is a 400 where the policy rejects instead of rerouting', async () => {
    await using world = await startWorld({ config: { privacy: { on_explicit_cloud_model: 'reject' } } })
    const reply = await world.chat(question({ model: 'openai/gpt-4o', aegis: { data_classification: 'pii' } }))
    assert.equal(reply.status, 400)
    assert.equal(errorOf(reply).param, 'model')
    assert.equal(world.local_ollama.journal.requests.length, 0)
    assertNothingLeft(world)
  })

  test('is not sent to a local model whose manifest names a remote host', async () => {
    const remote = { name: 'looks-local:latest', remoteHost: 'https://ollama.com:443' }
    const options = {
      localModels: ['llama3.2:8b', remote],
      providers: { local_ollama: { models: ['looks-local:latest'] } },
    }
    await using world = await startWorld(options)
    const reply = await world.chat(question({ aegis: { data_classification: 'pii' } }))
    assert.equal(reply.status, 404, reply.text)
    assert.match(String(errorOf(reply).message), /only at a remote host/)
    assert.equal(world.local_ollama.journal.requests.filter(({ path }) => path === '/api/chat').length, 0)
    assertNothingLeft(world)
  })

  for (const name of ['gpt-oss:120b-cloud', 'kimi-k2:cloud', 'x: Cloud ']) {
    test(`is not sent to the cloud model ${JSON.stringify(name)} of a local Ollama`, async () => {
      await using world = await startWorld()
      const reply = await world.chat(question({ model: `local_ollama/${name}`, aegis: { data_classification: 'pii' } }))
      const asked = world.local_ollama.journal.requests.filter(({ path }) => path === '/api/chat')
      assert.ok(asked.every(({ json }) => !/cloud/i.test(String(json?.model))))
      assert.ok(asked.every(({ forwardedTo }) => forwardedTo === undefined))
      assert.equal(reply.headers['x-aegis-location'], 'local')
      assertNothingLeft(world)
    })
  }

  test('closes a provider that was seen to forward it, and counts the violation', async () => {
    await using world = await startWorld()
    const forwarded = {
      model: 'llama3.2:8b',
      remote_host: 'https://ollama.com',
      message: { role: 'assistant', content: 'hi' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 3,
      eval_count: 1,
    }
    world.local_ollama.next({ rawBody: JSON.stringify(forwarded), contentType: 'application/json' })
    await world.chat(question({ aegis: { data_classification: 'pii' } }))
    const metrics = (await get(`${world.gateway.url}/metrics`)).text
    assert.equal(metricOf(metrics, 'llm_privacy_violations_total'), 1)
    const next = await world.chat(question({ aegis: { data_classification: 'pii' } }))
    assert.equal(next.status, 503, next.text)
    const open = await world.chat(question())
    assert.equal(open.status, 200)
  })

  test('does not follow a redirect of the local provider', async () => {
    await using elsewhere = await startOpenAIUpstream()
    await using world = await startWorld()
    world.local_ollama.always({ status: 307, redirectTo: `${elsewhere.url}/v1/chat/completions` })
    const reply = await world.chat(question({ aegis: { data_classification: 'pii' } }))
    assert.equal(reply.status, 503, reply.text)
    assert.equal(elsewhere.journal.connections.length, 0)
    assertNothingLeft(world)
  })

  test('leaves no word in the log, the metrics, the status page, an error or the ledger file', async () => {
    using folder = temporaryFolder()
    const canary = 'CANARY-7f3a91'
    await using world = await startWorld({ config: { ledger: `sqlite:${join(folder.path, 'aegis.db')}` } })
    const body = { messages: [{ role: 'user', content: canary }], user: 'u1', aegis: { data_classification: 'pii' } }
    const answered = await world.chat(question(body))
    assert.equal(answered.status, 200, answered.text)
    await world.local_ollama.stopListening()
    const refused = await world.chat(question(body))
    const shown = [refused.text, JSON.stringify(world.gateway.log)]
    for (const path of ['/metrics', '/admin/status']) shown.push((await get(world.gateway.url + path)).text)
    await world.gateway.aegis.close()
    // The journal of the ledger is a folder in this one.
    const files = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    assert.ok(files.length > 0)
    for (const { parentPath, name } of files) shown.push(readFileSync(join(parentPath, name), 'latin1'))
    for (const text of shown) assert.ok(!text.includes(canary))
    assertNothingLeft(world)
  })

  test('reaches no cloud under any hints, any model name and any fault of the local provider', async () => {
    await using world = await startWorld()
    const hints = fc.record(
      {
        data_classification: fc.constantFrom(...levels),
        quality_requirement: fc.constantFrom('low', 'medium', 'high', 'critical'),
        complexity: fc.constantFrom('low', 'medium', 'high', 'very_high'),
        batch_size: fc.integer({ min: 1, max: 1000 }),
        model_cloud: fc.constantFrom('gpt-oss:120b', 'x:cloud'),
        model_local: fc.constantFrom('llama3.2:8b', 'llama3.2:8b-cloud', 'other'),
      },
      { requiredKeys: ['data_classification'] },
    )
    const names = [
      'auto',
      'auto:cloud',
      'auto:local',
      'gpt-4o',
      'openai/gpt-4o',
      'ollama_cloud:gpt-oss:120b',
      'local_ollama/m:cloud',
    ]
    const fault = fc.option(fc.constantFrom(...Object.values(faults)), { nil: undefined })
    const run = async (aegis: object, model: string, stream: boolean, behaviour: Behaviour | undefined) => {
      world.local_ollama.reset()
      if (behaviour) world.local_ollama.always(behaviour)
      await world.chat(question({ model, stream, max_tokens: 8, aegis: aegis as never }))
      assertNothingLeft(world)
    }
    await fc.assert(fc.asyncProperty(hints, fc.constantFrom(...names), fc.boolean(), fault, run), { numRuns: 200 })
  })
})
