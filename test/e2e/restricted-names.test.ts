// Restricted tasks at a local provider that has a name: what it resolves to is looked at for each connection.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { errorOf } from './client.ts'
import { startWalled, type Walled } from './walled.ts'

const name = 'ollama.test'
const restricted = { aegis: { data_classification: 'pii' } }
const foreign: Readonly<Record<string, readonly string[]>> = {
  'a foreign address': ['203.0.113.7'],
  'this machine and a foreign address': ['127.0.0.1', '203.0.113.7'],
  'a foreign address and this machine': ['203.0.113.7', '127.0.0.1'],
  'a private address that nobody allowed': ['10.1.2.3'],
  'an IPv6 address of elsewhere': ['2001:db8::7'],
  'a foreign address written as IPv6': ['::ffff:203.0.113.7'],
  'every address of this machine': ['0.0.0.0'],
  'nothing at all': [],
}

/** The next request needs a new connection. */
async function reconnect({ local }: Walled): Promise<void> {
  await local.stopListening()
  await local.startListening()
}

describe('a name that changes its mind', () => {
  let walled: Walled
  before(async () => {
    walled = await startWalled({ localHost: name })
  })
  after(() => walled[Symbol.asyncDispose]())

  // The first one here: once proven, a model is believed for a minute.
  test('between the proof that a model is local and the request itself gets nothing', async () => {
    // Each answer of the proof closes its connection, so the request looks the name up again.
    const headers = { connection: 'close' }
    const gate = Promise.withResolvers<void>()
    walled.local.alwaysAt('/api/status', { headers })
    walled.local.alwaysAt('/api/show', { headers, heldUntil: gate.promise })
    const asked = walled.chat(restricted)
    await walled.local.journal.waitFor(({ path, rawBody }) => path === '/api/show' && rawBody.length > 0, 60_000)
    walled.resolve({ [name]: ['203.0.113.7'] })
    gate.resolve()
    assert.equal((await asked).status, 503)
    assert.deepEqual(walled.tried(), [])
    assert.ok(walled.local.journal.requests.every(({ path }) => path !== '/api/chat'))
    walled.local.reset()
  })

  for (const [what, addresses] of Object.entries(foreign)) {
    test(`to ${what} between two requests gets nothing more`, async () => {
      walled.resolve({ [name]: ['127.0.0.1'] })
      assert.equal((await walled.chat(restricted)).status, 200)
      walled.resolve({ [name]: addresses })
      await reconnect(walled)
      const seen = walled.local.journal.connections.length
      for (const stream of [false, true]) {
        const reply = await walled.chat({ ...restricted, stream, model: 'openai/gpt-4o' })
        assert.equal(reply.status, 503, reply.text)
        assert.equal(errorOf(reply).code, 'local_unavailable_for_restricted_data')
      }
      assert.deepEqual(walled.tried(), [], 'no socket was opened to it, nor to a cloud instead')
      assert.equal(walled.local.journal.connections.length, seen)
    })
  }

  test('and is this machine again is asked again', async () => {
    walled.resolve({ [name]: ['127.0.0.1'] })
    assert.equal((await walled.chat(restricted)).status, 200)
    assert.deepEqual(walled.tried(), [])
  })
})
