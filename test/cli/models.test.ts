// `aegis models`: what is known, what asking adds, and what is kept of it for the next start.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { assertClean, jsonOf, Workplace } from './aegis-process.ts'
import { startThreeProviders, type ThreeProviders } from './three-providers.ts'

interface ModelJson {
  readonly provider: string
  readonly model: string
  readonly configured: boolean
  readonly context_tokens: number | null
  readonly output_tokens: number | null
  readonly capabilities: Readonly<Record<string, boolean | null>>
  readonly price: string
}

describe('aegis models', () => {
  let upstreams: ThreeProviders
  let place: Workplace
  before(async () => {
    upstreams = await startThreeProviders()
    place = new Workplace()
    place.write('aegis.yml', upstreams.config)
  })
  after(async () => {
    await place[Symbol.asyncDispose]()
    await upstreams[Symbol.asyncDispose]()
  })

  const models = async (...flags: string[]) => {
    const ended = await place.run(['models', '--json', ...flags])
    return { ended, rows: jsonOf<readonly ModelJson[]>(ended) }
  }
  const find = (rows: readonly ModelJson[], model: string) => rows.find((row) => row.model === model)

  test('says what is known without asking anybody', async () => {
    const { rows } = await models()
    assert.deepEqual(find(rows, 'gpt-4o')?.context_tokens, 128_000)
    assert.equal(find(rows, 'gpt-4o')?.output_tokens, 16_384)
    assert.equal(find(rows, 'gpt-4o')?.capabilities.vision, null)
    assert.equal(find(rows, 'llama3.2:8b')?.capabilities.tools, null)
    for (const upstream of [upstreams.local, upstreams.cloud, upstreams.openai])
      assert.equal(upstream.journal.requests.length, 0)
    assert.equal(existsSync(place.file('aegis.models.json')), false)
  })

  test('asks every provider with --refresh, and the next start knows what they said', async () => {
    const { rows } = await models('--refresh')
    assert.equal(find(rows, 'llama3.2:8b')?.capabilities.tools, true)
    assert.equal(find(rows, 'gemma:latest')?.capabilities.vision, false)
    const asked = upstreams.local.journal.requests.length
    const { rows: later } = await models()
    assert.deepEqual(later, rows)
    assert.equal(upstreams.local.journal.requests.length, asked)
  })

  test('shows what is listed and not configured with --all', async () => {
    const { rows } = await models('--all')
    assert.ok(rows.filter(({ configured }) => configured).length >= 4)
    assert.equal(find(rows, 'gemma')?.configured, false)
  })

  test('keeps what a provider said before when it does not answer, and fails', async () => {
    await upstreams.cloud.stopListening()
    const ended = await place.run(['models', '--refresh'])
    await upstreams.cloud.startListening()
    assert.equal(ended.code, 1)
    assert.match(ended.stderr, /ollama_cloud: ollama_cloud could not be reached/)
    assert.match(ended.stdout, /gpt-oss:120b\tcloud\t131072/)
    assertClean(ended)
  })

  test('a table in a pipe has a line for each model', async () => {
    const ended = await place.run(['models'])
    assert.equal(ended.code, 0)
    assert.match(ended.stdout, /^provider\tmodel\twhere\tcontext\toutput\tcan\tcannot\tprice\n/)
    assert.match(ended.stdout, /^local_ollama\tllama3\.2:8b\tlocal\t32768\t\tchat tools\t/m)
    assertClean(ended)
  })

  test('cannot keep anything beside a ledger in memory, and says so', async () => {
    place.write('memory.yml', { ...upstreams.config, ledger: 'memory:' })
    const ended = await place.run(['models', '--refresh', '--config', 'memory.yml'])
    assert.equal(ended.code, 1)
    assert.match(ended.stderr, /the ledger is in memory: set ledger: sqlite:/)
  })
})
