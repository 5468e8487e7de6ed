// Proves, with recorded replies of a real Ollama, when a model counts as running on this machine.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServer } from '../../../test/make/http-server.ts'
import { ollamaRecording } from '../../../test/make/ollama-recording.ts'
import { localProvider } from '../../../test/make/provider.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import { LocalProof } from './local-proof.ts'

interface Reply {
  readonly status: number
  readonly body: string
}
const recorded = (name: string): Reply => ollamaRecording(name)
const cloudOff = recorded('status')
const cloudOn = recorded('cloud-status')
const noStatus: Reply = { status: 404, body: '404 page not found' }
const shown = recorded('show')

/** A server that answers the two questions so, and a proof that asks it. */
async function world(replies: { status: Reply; show: Reply }) {
  const asked: string[] = []
  const current = { ...replies }
  const server = await startServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push(
      request.url === '/api/show' ? `show ${(JSON.parse(body) as { model: string }).model}` : String(request.url),
    )
    const { status, body: text } = request.url === '/api/status' ? current.status : current.show
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  })
  const ref = localProvider()
  const connection = connectTo(server.url, { ref })
  const clock = { nowMs: 1000 }
  const proof = new LocalProof(ref.name, connection.upstream, () => clock.nowMs)
  return {
    asked,
    replies: current,
    clock,
    proof,
    prove: (model: string) => proof.provenModel(model, new Cancellation()),
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

const refused = { kind: 'privacy_refused', dispatched: false, provider: 'local_ollama' }

describe('a model is proven local', () => {
  test('at a server whose cloud is off, under its own name', async () => {
    await using ollama = await world({ status: cloudOff, show: shown })
    assert.equal(await ollama.prove('smollm2:135m'), 'smollm2:135m')
    assert.deepEqual(ollama.asked, ['/api/status', 'show smollm2:135m'])
  })

  test('at a server whose cloud is on, under the name that is never forwarded', async () => {
    await using ollama = await world({ status: cloudOn, show: recorded('show-local-suffix') })
    assert.equal(await ollama.prove('smollm2:135m'), 'smollm2:135m:local')
    assert.deepEqual(ollama.asked, ['/api/status', 'show smollm2:135m:local'])
  })

  test('at a server that knows no cloud, under its own name', async () => {
    await using ollama = await world({ status: noStatus, show: shown })
    assert.equal(await ollama.prove('smollm2:135m'), 'smollm2:135m')
  })

  test('when its caller already uses the suffix, with just one', async () => {
    await using on = await world({ status: cloudOn, show: shown })
    assert.equal(await on.prove('smollm2:135m:local'), 'smollm2:135m:local')
    await using off = await world({ status: cloudOff, show: shown })
    assert.equal(await off.prove('smollm2:135m:local'), 'smollm2:135m')
  })
})

describe('a model is not proven local', () => {
  test('when its manifest names a remote host', async () => {
    for (const status of [cloudOff, cloudOn, noStatus]) {
      await using ollama = await world({ status, show: recorded('cloud-stub-show') })
      await assert.rejects(ollama.prove('looks-local'), refused)
    }
  })

  test('when the manifest names only one of remote host and model', async () => {
    for (const word of ['remote_host', 'remote_model']) {
      const show = { status: 200, body: JSON.stringify({ ...JSON.parse(shown.body), [word]: 'x' }) }
      await using ollama = await world({ status: cloudOff, show })
      await assert.rejects(ollama.prove('looks-local'), refused)
    }
  })

  test('when the server has it only elsewhere, or not at all: then it is missing', async () => {
    const missing = { kind: 'model_missing', dispatched: false }
    await using stub = await world({ status: cloudOn, show: recorded('cloud-stub-show-local-suffix') })
    await assert.rejects(stub.prove('looks-local:latest'), missing)
    await using none = await world({ status: cloudOff, show: recorded('show-missing-model') })
    await assert.rejects(none.prove('no-such-model:1b'), missing)
  })

  test('when the server does not show it', async () => {
    const silences: Reply[] = [
      recorded('show-cloud-disabled'),
      { status: 500, body: '{}' },
      { status: 200, body: '<html>' },
      { status: 200, body: 'null' },
    ]
    for (const show of silences) {
      await using ollama = await world({ status: cloudOff, show })
      await assert.rejects(ollama.prove('smollm2:135m-x'), refused)
    }
  })

  test('when its name without the suffix is a cloud model’s and the server does not say that its cloud is on', async () => {
    // A server whose cloud is on shows a forwarded model without a word about the remote host.
    const show = recorded('cloud-suffix-show')
    for (const status of [cloudOff, noStatus, { status: 500, body: '' }]) {
      await using ollama = await world({ status, show })
      await assert.rejects(ollama.prove('smollm2:135m-cloud:local'), refused)
      await assert.rejects(ollama.prove('smollm2:cloud:local'), refused)
      await assert.rejects(ollama.prove('smollm2:135m-cloud'), refused)
      assert.ok(!ollama.asked.includes('show smollm2:135m-cloud'))
    }
  })

  test('when the server does not say whether its cloud is on', async () => {
    for (const status of [500, 503, 401, 301]) {
      await using ollama = await world({ status: { status, body: '' }, show: shown })
      await assert.rejects(ollama.prove('smollm2:135m'), refused)
    }
  })

  test('under its own name when what the server says of its cloud cannot be read', async () => {
    for (const body of ['', '<html>', '{}', '{"cloud":null}', '{"cloud":{}}', '{"cloud":{"disabled":"true"}}']) {
      await using ollama = await world({ status: { status: 200, body }, show: shown })
      assert.equal(await ollama.prove('smollm2:135m'), 'smollm2:135m:local')
    }
  })

  test('when the server is seen to forward a request meanwhile', async () => {
    await using ollama = await world({ status: cloudOff, show: shown })
    const proving = ollama.prove('smollm2:135m')
    ollama.proof.close()
    await assert.rejects(proving, refused)
  })

  test('when the server cannot be reached', async () => {
    const ollama = await world({ status: cloudOff, show: shown })
    await ollama[Symbol.asyncDispose]()
    await assert.rejects(ollama.prove('smollm2:135m'), { kind: 'unreachable', dispatched: false })
  })
})

describe('a proof', () => {
  test('is believed for a minute and then asked for again', async () => {
    await using ollama = await world({ status: cloudOff, show: shown })
    await ollama.prove('a')
    ollama.clock.nowMs += 59_999
    await ollama.prove('a')
    assert.equal(ollama.asked.length, 2)
    ollama.clock.nowMs += 1
    await ollama.prove('a')
    assert.equal(ollama.asked.length, 4)
  })

  test('does not outlive the change of a model', async () => {
    await using ollama = await world({ status: cloudOff, show: shown })
    await ollama.prove('a')
    ollama.replies.show = recorded('cloud-stub-show')
    ollama.clock.nowMs += 60_000
    await assert.rejects(ollama.prove('a'), refused)
  })

  test('is of one model and no other', async () => {
    await using ollama = await world({ status: cloudOff, show: shown })
    await ollama.prove('a')
    await ollama.prove('b')
    assert.deepEqual(ollama.asked, ['/api/status', 'show a', '/api/status', 'show b'])
  })

  test('that failed is asked for again', async () => {
    await using ollama = await world({ status: cloudOff, show: { status: 500, body: '' } })
    await assert.rejects(ollama.prove('a'), refused)
    ollama.replies.show = shown
    assert.equal(await ollama.prove('a'), 'a')
  })

  test('is given for no model any more once the server was seen to forward a request', async () => {
    await using ollama = await world({ status: cloudOff, show: shown })
    await ollama.prove('a')
    ollama.proof.close()
    await assert.rejects(ollama.prove('a'), refused)
    await assert.rejects(ollama.prove('b'), refused)
    assert.equal(ollama.asked.length, 2)
  })
})
