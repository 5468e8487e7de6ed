// Proves with two real gateways on one ledger, SQLite and PostgreSQL, that a provider which one of them saw forward restricted
// data gets none from the other either, nor after a restart, until a person opens it at any of them.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { PostgresServer } from '../make/postgres.ts'
import { ask } from './client.ts'
import { type Served, serve, startUpstreams, writeConfig } from './served.ts'
import { question, temporaryFolder, until } from './world.ts'

const restricted = question({ aegis: { data_classification: 'pii' } })
const chat = async ({ url }: Served, body = restricted) => (await ask(`${url}/v1/chat/completions`, body)).status
const confession = {
  rawBody: JSON.stringify({
    ...{ model: 'llama3.2:8b', remote_host: 'https://ollama.com', message: { role: 'assistant', content: 'hi' } },
    ...{ done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 1 },
  }),
  contentType: 'application/json',
}

async function closedAt({ url }: Served): Promise<string[]> {
  const reply = await fetch(`${url}/admin/privacy`)
  return ((await reply.json()) as { closed: { provider: string }[] }).closed.map(({ provider }) => provider)
}

const isShared = async (gateway: Served, closed: readonly string[]) =>
  until(async () => JSON.stringify(await closedAt(gateway)) === JSON.stringify(closed), `${closed} closed`)

function recordIn(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('')
}

describe('a violation that one gateway saw', () => {
  let postgres: PostgresServer
  before(async () => {
    postgres = await PostgresServer.start()
  })
  after(() => postgres.end())

  for (const kind of ['SQLite', 'PostgreSQL']) {
    test(`closes the provider at another, until a person opens it [${kind}]`, async () => {
      using folder = temporaryFolder()
      await using up = await startUpstreams()
      const ledger = kind === 'SQLite' ? 'sqlite:aegis.db' : await postgres.newDatabase()
      writeConfig(folder.path, up, 'privacy: { audit: { path: audit } }', { ledger })
      await using one = await serve(folder.path)
      await using other = await serve(folder.path)
      assert.equal(await chat(other), 200)
      up.local.next(confession)
      await chat(one)
      assert.deepEqual(await closedAt(one), ['local_ollama'])
      await isShared(other, ['local_ollama'])
      const asked = up.local.journal.requests.filter(({ path }) => path === '/api/chat').length
      assert.equal(await chat(other), 503)
      assert.equal(up.local.journal.requests.filter(({ path }) => path === '/api/chat').length, asked)
      assert.equal(await chat(other, question()), 200, 'public data goes on')
      await using restarted = await serve(folder.path)
      assert.equal(await chat(restarted), 503)
      const open = await ask(`${restarted.url}/admin/privacy/open`, { provider: 'local_ollama' })
      assert.equal(open.status, 200, open.text)
      for (const gateway of [one, other]) {
        await isShared(gateway, [])
        assert.equal(await chat(gateway), 200)
      }
      const record = recordIn(join(folder.path, 'audit'))
      assert.equal(record.match(/"type":"violation"/g)?.length, 1)
      assert.equal(record.match(/"type":"reopened","at":"[^"]+","provider":"local_ollama","by":"person"/g)?.length, 1)
    })
  }
})
