// Several gateway processes on one ledger: together they spend a budget exactly, replace who dies, and end together.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseConfig } from '../../src/config/load-config.ts'
import type { BudgetStatus } from '../../src/domain/budget.ts'
import { LedgerReader } from '../../src/ledger/ledger-reader.ts'
import { PostgresStore } from '../../src/ledger/postgres/postgres-store.ts'
import { SqliteStore } from '../../src/ledger/sqlite/sqlite-store.ts'
import type { LedgerStore } from '../../src/ledger/store.ts'
import { systemClock } from '../../src/open-aegis.ts'
import type { JsonObject, Upstream } from '../../src/testing/index.ts'
import { PostgresServer } from '../make/postgres.ts'
import { Ask, ask, get, type Reply } from './client.ts'
import { failedStart, type Served, serve, startUpstreams, writeConfig } from './served.ts'
import { critical, nanoOf, openaiPrice, temporaryFolder, until } from './world.ts'

/** What the upstream bills for each paid call: nearly its bound, as a body of this length has it. */
const usage = { prompt_tokens: 210, completion_tokens: 100 }
const CALL = nanoOf(usage.prompt_tokens, usage.completion_tokens, openaiPrice)
/** Three calls; what is left then is too little for the input of a fourth, however few tokens it may answer. */
const THREE_CALLS = 3 * CALL + nanoOf(160, 0, openaiPrice)
const PLENTY = 10e9
const call = (more: JsonObject = {}) => critical({ max_tokens: usage.completion_tokens, ...more })

const chat = ({ url }: Served) => `${url}/v1/chat/completions`
const paid = (openai: Upstream) => openai.journal.requests.filter(({ method }) => method === 'POST')
const billedBy = (openai: Upstream) =>
  openai.journal.requests.reduce(
    (sum, { billed }) => sum + (billed ? nanoOf(billed.inputTokens, billed.outputTokens, openaiPrice) : 0),
    0,
  )

async function budgetIn(store: LedgerStore, limit: number): Promise<BudgetStatus> {
  const text = `
providers: { openai: { kind: openai, location: cloud, base_url: "http://127.0.0.1:1", models: [gpt-4o] } }
budgets: { monthly_limits: { openai: ${limit / 1e9} } }`
  const { budgets } = parseConfig(text, { source: 'aegis.yml', env: {} })
  await using reader = await LedgerReader.open({ store, clock: systemClock, budgets: budgets.all })
  const [budget] = await reader.budgets()
  assert.ok(budget)
  return budget
}

const inFile = (folder: string) => new SqliteStore({ path: join(folder, 'aegis.db'), readOnly: true })

/** Nothing is held, nothing is leased, and the books are the upstream's bill. */
async function assertSettled(store: LedgerStore, limit: number, openai: Upstream): Promise<void> {
  const { spent, reserved, leased, unsettled } = await budgetIn(store, limit)
  assert.deepEqual(
    { spent, reserved, leased, unsettled },
    { spent: billedBy(openai), reserved: 0, leased: 0, unsettled: 0 },
  )
}

/** As many at once as a crowd; every second one is a stream. */
function crowd(gateways: readonly Served[], count: number): Promise<Reply[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const served = gateways[index % gateways.length] as Served
      return ask(chat(served), call({ stream: index % 2 === 0 }))
    }),
  )
}

/** Each was answered, by whom the budget could pay or locally, and `calls` of them were paid. */
function assertPaid(replies: readonly Reply[], openai: Upstream, calls: number): void {
  const by = (name: string) => replies.filter(({ headers }) => headers['x-aegis-provider'] === name).length
  assert.deepEqual([...new Set(replies.map(({ status, ended }) => `${status} ${ended}`))], ['200 complete'])
  assert.deepEqual([by('openai'), by('local_ollama')], [calls, replies.length - calls])
  assert.equal(paid(openai).length, calls)
  assert.equal(billedBy(openai), calls * CALL)
}

async function stop({ child }: Served): Promise<void> {
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
}

/** The processes that a supervisor has started. */
function workersOf({ child }: Served): number[] {
  const text = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  return text.trim().split(' ').filter(Boolean).map(Number)
}

const skip = process.platform === 'linux' ? false : 'finds processes in /proc'

describe('three workers on one ledger file', () => {
  test('pay exactly the calls that the budget has, of 200 at once, and all is settled at their end', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    up.openai.always({ usage })
    writeConfig(folder.path, up, '', { limit: THREE_CALLS / 1e9 })
    await using served = await serve(folder.path, undefined, ['--workers', '3'])
    assertPaid(await crowd([served], 200), up.openai, 3)
    await stop(served)
    await assertSettled(inFile(folder.path), THREE_CALLS, up.openai)
  })

  test('one that is killed is replaced, and what it had under way is charged', { skip }, async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    // Billed is what was delivered, as the streams that are left are settled by that.
    const billed = { ...usage, completion_tokens: 2 }
    up.openai.always({ usage: billed, chunks: ['one ', 'two '], chunkGapMs: 50, hang: 'mid_stream' })
    writeConfig(folder.path, up)
    await using served = await serve(folder.path, undefined, ['--workers', '3'])
    const before = workersOf(served)
    assert.equal(before.length, 3)
    const streams = Array.from({ length: 9 }, () => new Ask(chat(served), call({ stream: true })))
    await Promise.all(streams.map((one) => one.seen('one ')))
    process.kill(before[0] as number, 'SIGKILL')
    await until(() => {
      const now = workersOf(served)
      return now.length === 3 && !now.includes(before[0] as number)
    }, 'another worker')
    up.openai.always({ usage })
    assert.equal((await ask(chat(served), call())).status, 200)
    // Its journal is found by those who are left, or by the new one.
    await until(async () => (await budgetIn(inFile(folder.path), PLENTY)).unsettled > 0, 'the recovery')
    for (const one of streams) one.leave()
    await Promise.allSettled(streams.map(({ reply }) => reply))
    await stop(served)
    const { spent, reserved, leased } = await budgetIn(inFile(folder.path), PLENTY)
    assert.deepEqual([reserved, leased], [0, 0])
    assert.ok(spent >= billedBy(up.openai), `${spent} recorded, ${billedBy(up.openai)} billed`)
  })

  test('that are killed before they have taken a connection leave no client waiting', { skip }, async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await serve(folder.path, undefined, ['--workers', '3'])
    const stopped = workersOf(served).slice(0, 2)
    for (const pid of stopped) process.kill(pid, 'SIGSTOP')
    let settled = 0
    const settle = () => {
      settled += 1
    }
    const asked = Array.from({ length: 6 }, () => new Ask(chat(served), call()))
    for (const { reply } of asked) reply.then(settle, settle)
    // Each of the stopped ones was handed one connection; the third worker takes all others.
    await until(() => settled === 4, 'the answers of the third')
    for (const pid of stopped) process.kill(pid, 'SIGKILL')
    try {
      await until(() => settled === 6, 'the clients of the dead hear of it')
    } finally {
      for (const one of asked) one.leave()
    }
    assert.equal((await ask(chat(served), call())).status, 200)
    await stop(served)
  })

  test('let running streams end after SIGTERM to their supervisor, which then exits with 0', { skip }, async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    up.openai.always({ usage, chunks: ['one ', 'two ', 'three '], chunkGapMs: 100 })
    writeConfig(folder.path, up)
    await using served = await serve(folder.path, undefined, ['--workers', '3'])
    const streams = Array.from({ length: 9 }, () => new Ask(chat(served), call({ stream: true })))
    await Promise.all(streams.map((one) => one.seen('one ')))
    const workers = workersOf(served)
    await stop(served)
    for (const { text } of await Promise.all(streams.map(({ reply }) => reply)))
      assert.match(text, /three[\s\S]*\[DONE\]/)
    for (const pid of workers) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    await assertSettled(inFile(folder.path), PLENTY, up.openai)
  })
})

test('workers that are told to stop while they still start stop at once', async () => {
  using folder = temporaryFolder()
  await using up = await startUpstreams()
  writeConfig(folder.path, up, 'server: { drain_ms: 3600000 }')
  // Its address is known as soon as the first of them listens.
  await using served = await serve(folder.path, undefined, ['--workers', '4'])
  await stop(served)
})

test('several workers on a ledger in memory are refused, with what to set', async () => {
  using folder = temporaryFolder()
  await using up = await startUpstreams()
  writeConfig(folder.path, up, '', { ledger: '"memory:"' })
  const { code, output } = await failedStart(folder.path, ['--port', '0', '--workers', '2'])
  assert.equal(code, 2)
  assert.match(output, /memory.*sqlite:/)
})

test('a provider of the sandbox that is broken is broken for every worker', async () => {
  using folder = temporaryFolder()
  // The sandbox keeps its ledger in the temporary folder, which others on this machine have too.
  await using served = await serve(folder.path, { TMPDIR: folder.path }, ['--sandbox', '--workers', '3'])
  const providers = async () => {
    const replies = await Promise.all(Array.from({ length: 24 }, () => ask(chat(served), critical())))
    return new Set(replies.map(({ headers }) => headers['x-aegis-provider']))
  }
  assert.ok((await providers()).has('openai'))
  assert.equal((await ask(`${served.url}/admin/sandbox`, { openai: 'down' })).status, 200)
  assert.equal((await providers()).has('openai'), false)
  assert.equal((await ask(`${served.url}/admin/sandbox`, { openai: 'up' })).status, 200)
  await until(async () => (await providers()).has('openai'), 'openai is back')
  assert.equal((await get(`${served.url}/health`)).status, 200)
  await stop(served)
})

describe('two gateways on one PostgreSQL', () => {
  let postgres: PostgresServer
  before(async () => {
    postgres = await PostgresServer.start()
  })
  after(() => postgres.end())

  test('pay exactly the calls that the budget has, of 200 at once, and all is settled at their end', async () => {
    using first = temporaryFolder()
    using second = temporaryFolder()
    await using up = await startUpstreams()
    up.openai.always({ usage })
    const connectionString = await postgres.newDatabase()
    for (const { path } of [first, second]) {
      writeConfig(path, up, '', { limit: THREE_CALLS / 1e9, ledger: `"${connectionString}"` })
    }
    await using gateways = new AsyncDisposableStack()
    const both = [gateways.use(await serve(first.path)), gateways.use(await serve(second.path))]
    assertPaid(await crowd(both, 200), up.openai, 3)
    for (const served of both) await stop(served)
    await assertSettled(new PostgresStore({ connectionString }), THREE_CALLS, up.openai)
  })

  test('one that is killed with streams open has recorded no less than was billed when it starts again', async () => {
    using first = temporaryFolder()
    using second = temporaryFolder()
    await using up = await startUpstreams()
    const connectionString = await postgres.newDatabase()
    for (const { path } of [first, second]) {
      writeConfig(path, up, '', { ledger: `"${connectionString}"` })
    }
    await using gateways = new AsyncDisposableStack()
    const killed = gateways.use(await serve(first.path))
    const living = gateways.use(await serve(second.path))
    up.openai.always({ usage, chunks: ['one ', 'two '], hang: 'mid_stream' })
    const streams = Array.from({ length: 6 }, () => new Ask(chat(killed), call({ stream: true })))
    await Promise.all(streams.map((one) => one.seen('one ')))
    killed.child.kill('SIGKILL')
    await once(killed.child, 'exit')
    await Promise.allSettled(streams.map(({ reply }) => reply))
    up.openai.always({ usage })
    assert.equal((await ask(chat(living), call())).status, 200)
    const again = gateways.use(await serve(first.path))
    for (const served of [living, again]) await stop(served)
    const { spent, reserved, leased, unsettled } = await budgetIn(new PostgresStore({ connectionString }), PLENTY)
    assert.deepEqual([reserved, leased], [0, 0])
    assert.ok(unsettled > 0 && spent >= billedBy(up.openai), `${spent} recorded, ${billedBy(up.openai)} billed`)
  })
})
