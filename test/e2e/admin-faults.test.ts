// The /admin routes when something goes wrong: a client that leaves in the middle of a download, a ledger that is locked.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { request } from 'undici'
import { ZERO_USD } from '../../src/domain/money.ts'
import { startWorld, until, type World } from './world.ts'

const ROWS = 30_000

/** Fills the ledger with rows; a CSV of them is larger than what sockets hold. */
async function recordRows(world: World): Promise<void> {
  const { ledger, clock } = world.gateway.aegis.gateway.proxy
  const nowMs = clock.wallMs()
  for (let index = 0; index < ROWS; index += 1) {
    ledger.record({
      ...{ requestId: `made_${index}`, receivedAtMs: nowMs - 1000 - index, endedAtMs: nowMs, cost: ZERO_USD },
      ...{ status: 'ok', httpStatus: 200, attempts: [], answeredBy: undefined, stream: false },
      classification: { level: 'public', undecidable: false, restricted: false, source: 'declared' },
    })
  }
  await ledger.flush()
}

test('a client that leaves in the middle of a CSV ends the reading of it', async () => {
  await using world = await startWorld({ providers: { openai: undefined, ollama_cloud: undefined } })
  await recordRows(world)
  const { ledger } = world.gateway.aegis.gateway.proxy
  let pages = 0
  const usage = ledger.usage.bind(ledger)
  ledger.usage = (query) => {
    pages += 1
    return usage(query)
  }
  const reply = await request(`${world.gateway.url}/admin/usage?format=csv`)
  for await (const _ of reply.body) break
  await until(async () => {
    const before = pages
    await new Promise((resolve) => setTimeout(resolve, 50))
    return pages === before
  }, 'the end of the reading')
  assert.ok(pages < ROWS / 1000, `${pages} pages were read for nobody`)
  const whole = await request(`${world.gateway.url}/admin/usage?format=csv`)
  assert.equal((await whole.body.text()).trimEnd().split('\r\n').length, ROWS + 1)
})

test('while another program locks the ledger a budget cannot be set, which is said, and lists still answer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-admin-'))
  try {
    const path = join(folder, 'aegis.db')
    await using world = await startWorld({ limits: { openai: 10 }, config: { ledger: `sqlite:${path}` } })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const set = () =>
      request(`${world.gateway.url}/admin/budgets`, {
        method: 'POST',
        body: JSON.stringify({ scope: 'global', per: 'day', limit_usd: 1 }),
      })
    const refused = await set()
    const { error } = (await refused.body.json()) as { readonly error: { readonly code: string } }
    assert.deepEqual([refused.statusCode, error.code, refused.headers['retry-after']], [503, 'ledger_unavailable', '1'])
    const listed = await request(`${world.gateway.url}/admin/budgets`)
    const { data } = (await listed.body.json()) as { readonly data: readonly object[] }
    assert.deepEqual([listed.statusCode, data.length], [200, 1])
    other.exec('ROLLBACK')
    other.close()
    const again = await set()
    assert.equal(again.statusCode, 200)
    await again.body.dump()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
