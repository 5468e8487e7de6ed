// Restricted tasks while their local provider fails or points elsewhere, in a process that can reach nothing else.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Behaviour, JsonObject } from '../../src/testing/index.ts'
import { errorOf, type Reply } from './client.ts'
import { startWalled, type Walled } from './walled.ts'

const tempted: JsonObject = { model: 'openai/gpt-4o', max_tokens: 20, aegis: { data_classification: 'hipaa' } }
const batch: JsonObject = { aegis: { data_classification: 'pii', batch_size: 50, quality_requirement: 'critical' } }
const both = [false, true] as const

const message = { role: 'assistant', content: 'hi' }
const confession = `${JSON.stringify({ model: 'm', message, done: true, remote_host: 'https://ollama.com:443' })}\n`

/** By what it does; `begins` when an answer may have begun, which is 503 for all others. */
const troubles: Readonly<Record<string, { readonly behaviour: Behaviour | 'refuses'; readonly begins?: true }>> = {
  'refuses connections': { behaviour: 'refuses' },
  'hangs before its headers': { behaviour: { hang: 'before_headers' } },
  'hangs after its headers': { behaviour: { hang: 'after_headers' } },
  'answers 429': { behaviour: { status: 429, headers: { 'retry-after': '3' } } },
  'answers 500': { behaviour: { status: 500 } },
  'answers 503': { behaviour: { status: 503 } },
  'answers nonsense': { behaviour: { rawBody: '{"model":', rawFrames: ['{"model":\n'] } },
  'drops before its headers': { behaviour: { disconnectAfter: -1 } },
  'drops in the middle': { behaviour: { chunks: ['one ', 'two ', 'three'], disconnectAfter: 1 }, begins: true },
  'redirects to another host': { behaviour: { redirectTo: 'http://203.0.113.8/api/chat', status: 307 } },
  'redirects to a name for good': { behaviour: { redirectTo: 'https://cloud.test/api/chat', status: 308 } },
  // The last one, since nothing restricted goes to such a provider any more.
  'says that a remote host answers': { behaviour: { rawBody: confession }, begins: true },
}

/** What a client gets, and never from elsewhere. */
function assertKept(reply: Reply, begins: boolean, what: string): void {
  if (begins && reply.status === 200) assert.equal(reply.headers['x-aegis-location'], 'local', what)
  else {
    assert.equal(reply.status, 503, `${what}: ${reply.text}`)
    assert.equal(errorOf(reply).code, 'local_unavailable_for_restricted_data', what)
  }
}

async function askAll(walled: Walled, begins: boolean, name: string): Promise<void> {
  const asked = [tempted, batch].flatMap((body) =>
    both.map(async (stream) => assertKept(await walled.chat({ ...body, stream }), begins, name)),
  )
  await Promise.all(asked)
}

describe('restricted tasks stay when the local provider', () => {
  let walled: Walled
  before(async () => {
    // Healthy answers are not waited for here, so these are not too short on any machine.
    walled = await startWalled({ local: { first_byte_timeout_ms: 300, idle_timeout_ms: 300 } })
    walled.resolve({ 'cloud.test': ['203.0.113.8'] })
  })
  after(() => walled[Symbol.asyncDispose]())

  for (const [name, { behaviour, begins = false }] of Object.entries(troubles)) {
    test(name, async () => {
      await walled.local.startListening()
      if (behaviour === 'refuses') await walled.local.stopListening()
      else walled.local.always(behaviour)
      await askAll(walled, begins, name)
      assert.deepEqual(walled.tried(), [])
    })
  }
})

describe('restricted tasks stay when the question where a model runs', () => {
  let walled: Walled
  before(async () => {
    walled = await startWalled()
  })
  after(() => walled[Symbol.asyncDispose]())

  const answers: Readonly<Record<string, readonly [path: string, Behaviour]>> = {
    'is redirected to another host (/api/status)': ['/api/status', { redirectTo: 'http://203.0.113.8/', status: 307 }],
    'is redirected to another host (/api/show)': ['/api/show', { redirectTo: 'http://203.0.113.8/', status: 307 }],
    'is answered with a remote host': ['/api/show', { rawBody: '{"remote_host":"https://ollama.com:443"}' }],
    'is answered with a remote model': ['/api/show', { rawBody: '{"remote_model":"gpt-oss:120b"}' }],
    'is not answered in JSON': ['/api/show', { rawBody: '<html>' }],
  }
  for (const [name, [path, behaviour]] of Object.entries(answers)) {
    test(name, async () => {
      walled.local.reset()
      walled.local.alwaysAt(path, behaviour)
      await askAll(walled, false, name)
      assert.deepEqual(walled.tried(), [])
      assert.ok(walled.local.journal.requests.every((request) => request.path !== '/api/chat'))
    })
  }

  test('has a name for its answer: those of cloud models are sent to nobody', async () => {
    walled.local.reset()
    for (const name of ['kimi-k2:cloud', 'gpt-oss:120b-cloud', 'Kimi-K2:CLOUD', 'x:cloud:local']) {
      for (const stream of both) {
        await walled.chat({ ...tempted, stream, model: `local_ollama/${name}` })
        await walled.chat({ stream, aegis: { data_classification: 'pii', model_local: name } })
      }
    }
    assert.deepEqual(walled.tried(), [])
    const asked = walled.local.journal.requests.filter(({ path }) => path === '/api/chat')
    assert.ok(asked.every(({ json, forwardedTo }) => !/cloud/i.test(String(json?.model)) && !forwardedTo))
  })
})
