// What is kept of decisions by a real gateway: enough to decide again, and nothing that a caller wrote of restricted data.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { decisionsOfText } from '../../src/domain/decision-text.ts'
import type { RecordedDecision } from '../../src/domain/recorded-decision.ts'
import { SqliteStore } from '../../src/ledger/sqlite/sqlite-store.ts'
import { assertAbsent } from '../make/canaries.ts'
import { question, startWorld, temporaryFolder } from './world.ts'

async function decisionsIn(path: string): Promise<RecordedDecision[]> {
  const store = new SqliteStore({ path, readOnly: true })
  await store.open()
  const batches = await store.decisions.read({ sinceMs: 0, afterId: 0, limit: 1000 })
  await store.close()
  return batches.flatMap(({ decisions }) => decisionsOfText(decisions))
}

test('a decision is kept with its hints, what it needed, who answered and what it cost', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'aegis.db')
  {
    await using world = await startWorld({ config: { ledger: `sqlite:${path}` } })
    world.openai.next({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }]
    const aegis = { quality_requirement: 'critical', complexity: 'high', batch_size: 3, tags: ['research'] }
    assert.equal((await world.chat(question({ aegis, tools }))).status, 200)
    assert.equal((await world.chat(question({ model: 'auto:local' }))).status, 200)
    assert.equal((await world.chat(question({ model: 'no-such-model' }))).status, 404)
  }
  const [first, second, ...others] = await decisionsIn(path)
  assert.deepEqual(others, [], 'what was never decided is not kept')
  assert.ok(first && second)
  const { requestId, receivedAtMs, durationMs, bodyBytes, ...rest } = first
  assert.match(requestId, /^req_/)
  assert.ok(receivedAtMs > 0 && durationMs >= 0 && bodyBytes > 100)
  assert.deepEqual(rest, {
    kind: 'chat',
    classification: { level: 'internal', source: 'default', undecidable: false, restricted: false },
    model: { by: 'policy' },
    hints: { qualityRequirement: 'critical', complexity: 'high', batchSize: 3, tags: ['research'] },
    needs: ['chat', 'tools'],
    status: 'ok',
    answeredBy: { provider: 'openai', model: 'gpt-4o', reason: 'critical_quality' },
    usage: { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 0, reasoningTokens: 0 },
    cost: 3_500_000,
  })
  assert.deepEqual(second.model, { by: 'tier', tier: 'local' })
})

test('nothing that a restricted request says of itself is kept', async () => {
  using folder = temporaryFolder()
  const canary = 'CANARY-7f3a91-Erika-Mustermann'
  const path = join(folder.path, 'aegis.db')
  {
    const rollout = { candidate: { routing: {} }, by: 'session' as const, stages: [50, 100] }
    await using world = await startWorld({ config: { ledger: `sqlite:${path}`, rollout } })
    await world.gateway.aegis.gateway.rollout?.change({ kind: 'start', shadow: false })
    const level = { data_classification: 'pii', tags: [canary], session: canary, model_local: canary }
    for (const model of ['auto', `local_ollama/${canary}`, `openai/${canary}`]) {
      const messages = [{ role: 'user', content: canary }]
      await world.chat(question({ model, user: canary, messages, aegis: level }))
    }
    await world.chat(question({ user: 'ann', aegis: { ...level, model_local: 'llama3.2:8b' } }))
  }
  const kept = await decisionsIn(path)
  assert.equal(kept.length, 4)
  for (const { classification, model } of kept) {
    assert.equal(classification.restricted, true)
    assert.deepEqual(model, { by: 'policy' })
  }
  assert.equal(kept.at(-1)?.hints.modelLocal, 'llama3.2:8b', 'a name that the configuration has is no content')
  assertAbsent(JSON.stringify(kept), canary, 'what is kept of decisions')
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = ['rollout', 'rollout_step', 'rollout_count', 'decision_batch', 'alert'].map((table) =>
    JSON.stringify(database.prepare(`SELECT * FROM ${table}`).all()),
  )
  database.close()
  assertAbsent(rows.join('\n'), canary, 'what is kept of the rollout')
})

test('with keep_days at 0 no decision is kept', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'aegis.db')
  {
    const telemetry = { decisions: { keep_days: 0 } }
    await using world = await startWorld({ config: { ledger: `sqlite:${path}`, telemetry } })
    assert.equal((await world.chat()).status, 200)
  }
  assert.deepEqual(await decisionsIn(path), [])
})
