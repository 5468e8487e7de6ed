// Owns the measurement of a ledger with many rows: seeds a store with usage, then times what the dashboard and the
// ledger ask of it. `node bench/ledger-rows.ts --store sqlite --rows 10000000 [--path FILE]`, or `--store postgres`, which
// starts a PostgreSQL of its own, or uses `--postgres postgres://…`.
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { nanoUsd } from '../src/domain/money.ts'
import { type UsagePageQuery, usageGroupings } from '../src/ledger/ledger.ts'
import { PostgresStore } from '../src/ledger/postgres/postgres-store.ts'
import { SqliteStore } from '../src/ledger/sqlite/sqlite-store.ts'
import type { LedgerBatch, LedgerStore } from '../src/ledger/store.ts'
import type { UsageEntry } from '../src/ledger/usage-row.ts'
import { PostgresServer } from '../test/make/postgres.ts'

const { values: options } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    rows: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '90' },
    path: { type: 'string' },
    postgres: { type: 'string' },
  },
})

const DAY_MS = 86_400_000
const END_MS = Date.parse('2026-11-27T15:42:17.500Z')
/** Many more than a server writes at once, so that seeding takes minutes and not hours. */
const BATCH_ROWS = 50_000
const ROWS_A_NUMBER = 5000
const REPETITIONS = 15
const OWNER = 'bench'
const rows = Number(options.rows)
const days = Number(options.days)
const beginMs = END_MS - days * DAY_MS

/** The same numbers in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const random = randomNumbers(7)
/** Few have most of the traffic, as in life. */
const skewed = (count: number) => Math.floor(count * random() ** 3)

function entry(index: number, receivedAtMs = beginMs + ((END_MS - beginMs) * index) / rows): UsageEntry {
  const provider = `provider_${skewed(6)}`
  const model = `model_${skewed(40)}`
  const cost = nanoUsd(Math.floor(random() * 5_000_000))
  const inputTokens = Math.floor(random() * 4000)
  const outputTokens = Math.floor(random() * 900)
  const part = { provider, model, requests: 1 as const, inputTokens, outputTokens, cost }
  const fellBack = index % 20 === 0
  const elsewhere = { provider: 'provider_0', model: 'model_0', requests: 0 as const, inputTokens: 0, outputTokens: 0 }
  return {
    row: {
      requestId: `req_${index.toString(36).padStart(8, '0')}${Math.floor(random() * 1e9).toString(36)}`,
      receivedAtMs: Math.floor(receivedAtMs),
      endpoint: '/v1/chat/completions',
      durationMs: 1200,
      status: 'ok',
      httpStatus: 200,
      provider,
      model,
      reason: 'default_local',
      classification: 'public',
      inputTokens,
      outputTokens,
      cachedInputTokens: 0,
      reasoningTokens: 0,
      usageQuality: 'reported',
      cost: fellBack ? nanoUsd(cost + 1000) : cost,
      keyId: `key_${skewed(200)}`,
      user: `user_${skewed(2000)}`,
      tags: index % 3 === 0 ? [`team_${skewed(30)}`, 'batch'] : [],
      attempts: [`${provider}/${model}:answered`],
    },
    parts: fellBack ? [part, { ...elsewhere, cost: 1000 }] : [part],
  }
}

async function seed(store: LedgerStore): Promise<void> {
  await store.announce({ id: OWNER, host: 'bench', pid: process.pid }, END_MS)
  const written = (await store.owners()).find(({ id }) => id === OWNER)?.lastBatch ?? 0
  if (written * ROWS_A_NUMBER >= rows) return
  const startedAt = performance.now()
  for (let done = 0; done < rows; done += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, rows - done)
    // Those of an earlier run are made as well, so that the random numbers are the same.
    const usage = Array.from({ length: count }, (_, index) => entry(done + index))
    const number = Math.ceil((done + count) / ROWS_A_NUMBER)
    if (number <= written) continue
    await store.commit(OWNER, { number, leases: [], spend: spendAt(usage[0]?.row.receivedAtMs ?? 0), usage }, END_MS)
    if ((done / BATCH_ROWS) % 10 === 0) {
      const perSecond = (done + count - written * ROWS_A_NUMBER) / ((performance.now() - startedAt) / 1000)
      console.error(`${done + count} rows, ${Math.round(perSecond)} a second`)
    }
  }
}

/** A charge a batch for a few subjects, so that their slots fill up as they would. */
function spendAt(wallMs: number): LedgerBatch['spend'] {
  const users = Array.from({ length: 50 }, (_, user) => ({ scope: 'user' as const, name: `user_${user}` }))
  const slotMs = Math.floor(wallMs / 900_000) * 900_000
  return [{ scope: 'global' as const, name: '' }, ...users].flatMap((subject) =>
    // Every slot of the time that the batch spans.
    Array.from({ length: Math.ceil((days * 96 * BATCH_ROWS) / rows) }, (_, slot) => ({
      ...subject,
      grainSeconds: 900,
      slotMs: slotMs + slot * 900_000,
      amount: nanoUsd(1000),
      unsettled: nanoUsd(0),
    })),
  )
}

async function time(name: string, work: (index: number) => Promise<unknown>, repetitions = REPETITIONS): Promise<void> {
  const times: number[] = []
  const cpuBefore = process.cpuUsage()
  for (let index = 0; index < repetitions; index += 1) {
    const startedAt = performance.now()
    await work(index)
    times.push(performance.now() - startedAt)
  }
  const cpu = process.cpuUsage(cpuBefore)
  // What this process computed: all of it for SQLite, and what a busy machine does not make longer.
  const cpuMs = ((cpu.user + cpu.system) / 1000 / repetitions).toFixed(2)
  times.sort((left, right) => left - right)
  const at = (part: number) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0).toFixed(2).padStart(8)
  console.log(
    `${name.padEnd(56)} median ${at(0.5)} ms  p95 ${at(0.95)} ms  max ${at(1)} ms  cpu ${cpuMs.padStart(7)} ms`,
  )
}

async function measureViews(store: LedgerStore): Promise<void> {
  const deep = Math.floor((beginMs + END_MS) / 2)
  const pages: Readonly<Record<string, UsagePageQuery>> = {
    'newest 50': { limit: 50 },
    '50 from the middle': { limit: 50, cursor: `${deep}~req_x` },
    '50 of a common model': { limit: 50, where: { model: 'model_0' } },
    '50 of a rare model': { limit: 50, where: { model: 'model_39' } },
    '50 of a provider that does not exist': { limit: 50, where: { provider: 'none' } },
    '50 of a user': { limit: 50, where: { user: 'user_1700' } },
    '50 of a key, from the middle': { limit: 50, cursor: `${deep}~req_x`, where: { key: 'key_150' } },
    '50 of a common tag': { limit: 50, where: { tag: 'batch' } },
    '50 of a rare tag': { limit: 50, where: { tag: 'team_29' } },
    '50 of a tag and a model': { limit: 50, where: { tag: 'batch', model: 'model_20' } },
    '50 of a common tag and a model that does not exist': { limit: 50, where: { tag: 'batch', model: 'none' } },
    '50 of a common model and a tag that does not exist': { limit: 50, where: { tag: 'none', model: 'model_0' } },
    '50 of a user and a model': { limit: 50, where: { user: 'user_1', model: 'model_30' } },
  }
  for (const [name, query] of Object.entries(pages)) await time(`page: ${name}`, () => store.usage(query))
  const spans = {
    'all time': {},
    'last 24 hours': { sinceMs: END_MS - DAY_MS, untilMs: END_MS },
    'last 30 days': { sinceMs: END_MS - 30 * DAY_MS, untilMs: END_MS },
    'an odd span of 7 days': { sinceMs: deep + 12_345, untilMs: deep + 7 * DAY_MS + 54_321 },
  }
  for (const [name, query] of Object.entries(spans)) {
    for (const grouping of usageGroupings) {
      await time(`summary by ${grouping}: ${name}`, () => store.summary(grouping, query), 7)
    }
  }
}

async function measureMoney(store: LedgerStore): Promise<void> {
  const owner = `bench_${process.pid}`
  await store.announce({ id: owner, host: 'bench', pid: process.pid }, END_MS)
  const subjects = [
    { scope: 'global', name: '' },
    { scope: 'provider', name: 'openai' },
    { scope: 'user', name: 'user_1' },
  ] as const
  const month = { grainSeconds: 900, sinceMs: END_MS - 27 * DAY_MS, untilMs: Number.MAX_SAFE_INTEGER }
  const always = { ...month, sinceMs: 0 }
  const limit = nanoUsd(9_000_000_000_000_000)
  const requests = subjects.map((subject) => ({
    ...subject,
    need: nanoUsd(10),
    want: nanoUsd(10),
    limits: [{ ...month, limit }],
  }))
  let number = 0
  const commit = (usage: readonly UsageEntry[]) => {
    number += 1
    const amount = nanoUsd(10)
    const slotMs = Math.floor(END_MS / 900_000) * 900_000
    const batch: LedgerBatch = {
      number,
      leases: subjects.map((subject) => ({ ...subject, taken: amount, reserved: nanoUsd(0) })),
      spend: subjects.map((subject) => ({ ...subject, grainSeconds: 900, slotMs, amount, unsettled: nanoUsd(0) })),
      usage,
    }
    return store.commit(owner, batch, END_MS)
  }
  await time('acquire: 3 subjects, limits of a month', () => store.acquire(owner, requests, END_MS), 300)
  const lifetime = requests.map((request) => ({ ...request, limits: [{ ...always, limit }] }))
  await time('acquire: 3 subjects, limits of a lifetime', () => store.acquire(owner, lifetime, END_MS), 300)
  await time('commit: 3 subjects, no usage', () => commit([]), 300)
  const usage = (index: number, count: number) =>
    Array.from({ length: count }, (_, row) =>
      entry(rows + Number(process.pid) * 1e6 + index * 500 + row, END_MS - row * 20),
    )
  await time('commit: 3 subjects, 50 usage rows', (index) => commit(usage(index, 50)), 50)
  await time('commit: 3 subjects, 500 usage rows', (index) => commit(usage(1000 + index, 500)), 50)
  await time(
    'figures: 51 subjects, a month',
    () =>
      store.figures(
        [
          ...subjects,
          ...Array.from({ length: 48 }, (_, user) => ({ scope: 'user' as const, name: `user_${user}` })),
        ].map((subject) => ({ ...subject, ...month })),
        0,
      ),
    50,
  )
  await time('subjects: users', () => store.subjects('user', month), 50)
  await time('ping', () => store.ping(), 100)
}

async function measure(store: LedgerStore): Promise<void> {
  await store.open()
  await seed(store)
  await measureViews(store)
  await measureMoney(store)
  await store.close()
}

if (options.store === 'postgres') {
  const server = options.postgres === undefined ? await PostgresServer.start() : undefined
  const connectionString = options.postgres ?? (await server?.newDatabase()) ?? ''
  await measure(new PostgresStore({ connectionString, timeoutMs: 60_000 }))
  await server?.end()
} else {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-rows-'))
  const path = options.path ?? join(folder, 'rows.db')
  await measure(new SqliteStore({ path }))
  if (existsSync(path)) console.log(`file: ${(statSync(path).size / 1e9).toFixed(2)} GB`)
  rmSync(folder, { recursive: true })
}
