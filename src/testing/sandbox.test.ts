// Proves that a sandbox has what it promises and can be broken and mended.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SandboxUpstream, sandboxKey, startSandbox } from './index.ts'
import { at, get, post } from './raw-http.ts'

const messages = [{ role: 'user', content: 'Hi' }]
const headers = { authorization: `Bearer ${sandboxKey}` }

test('a sandbox has a local Ollama, an Ollama Cloud and an OpenAI, each with its models', async () => {
  await using sandbox = await startSandbox({ instant: true })
  const names = async (url: string) => JSON.stringify(at((await get(`${url}/api/tags`)).json, 'models'))
  assert.match(await names(sandbox.local.url), /llama3\.2:8b.*gemma-3-4b-it-Q8_0.*nomic-embed-text/)
  assert.match(await names(sandbox.cloud.url), /gpt-oss:120b.*llama3-70b/)
  assert.match(
    (await get(`${sandbox.openai.url}/v1/models`, { headers })).text,
    /gpt-4o.*gpt-4o-mini.*text-embedding-3-small/,
  )
  const local = await post(`${sandbox.local.url}/api/chat`, { model: 'llama3.2:8b', messages, stream: false })
  assert.match(String(at(local.json, 'message.content')), /^\[simulated local ollama llama3\.2:8b\]/)
  const cloud = await post(
    `${sandbox.cloud.url}/api/chat`,
    { model: 'llama3-70b', messages, stream: false },
    { headers },
  )
  assert.match(String(at(cloud.json, 'message.content')), /^\[simulated ollama cloud llama3-70b\]/)
  assert.equal((await post(`${sandbox.cloud.url}/api/chat`, { model: 'llama3-70b', messages })).status, 401)
})

test('an upstream can be down, slow, limited, failing, malformed, and up again on the same port', async () => {
  await using sandbox = await startSandbox({ instant: true })
  const { port } = sandbox.openai
  const ask = () =>
    post(`${sandbox.openai.url}/v1/chat/completions`, { model: 'gpt-4o', messages, stream: true }, { headers })
  await sandbox.set('openai', 'down')
  await assert.rejects(ask(), { code: 'ECONNREFUSED' })
  await sandbox.set('openai', 'rate_limited')
  const limited = await ask()
  assert.deepEqual([limited.status, limited.headers['retry-after']], [429, '20'])
  await sandbox.set('openai', 'failing')
  assert.equal((await ask()).status, 500)
  await sandbox.set('openai', 'malformed')
  assert.match((await ask()).text, /^data: \{"id":"simulated","cho\n\n/)
  await sandbox.set('openai', 'slow')
  assert.ok(((await ask()).reads.at(-1)?.atMs ?? 0) > 290)
  await sandbox.set('openai', 'down')
  await sandbox.set('openai', 'down')
  await sandbox.set('openai', 'up')
  assert.equal((await ask()).status, 200)
  assert.equal(sandbox.openai.port, port)
  assert.deepEqual(sandbox.states, { local: 'up', cloud: 'up', openai: 'up' })
})

test('going down breaks the answers that are under way', async () => {
  await using sandbox = await startSandbox()
  const under = post(`${sandbox.local.url}/api/chat`, { model: 'llama3.2:8b', messages })
  await sandbox.local.journal.waitFor((request) => request.bytesSent > 0, 60_000)
  await sandbox.set('local', 'down')
  assert.equal((await under).ended, 'broken')
  assert.equal(sandbox.local.journal.requests[0]?.ended, 'server_disconnected')
})

test('a closed sandbox is closed, and stays closed', async () => {
  const sandbox = await startSandbox({ instant: true, journalBytes: 0 })
  await sandbox.close()
  await sandbox.close()
  for (const name of ['local', 'cloud', 'openai'] satisfies SandboxUpstream[]) {
    await assert.rejects(get(sandbox[name].url), { code: 'ECONNREFUSED' })
    await assert.rejects(sandbox.set(name, 'up'), /is closed/)
  }
})
