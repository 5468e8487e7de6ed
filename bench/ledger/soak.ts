/** Owns the soak: a crowd against a budget of three calls, and the upstream's own bill against the ledger's books. */
import { once } from 'node:events'
import { join } from 'node:path'
import { PostgresStore } from '../../src/ledger/postgres/postgres-store.ts'
import { SqliteStore } from '../../src/ledger/sqlite/sqlite-store.ts'
import type { LedgerStore } from '../../src/ledger/store.ts'
import { ask } from '../../test/e2e/client.ts'
import { type Served, serve, startUpstreams, writeConfig } from '../../test/e2e/served.ts'
import { critical, nanoOf, openaiPrice, temporaryFolder } from '../../test/e2e/world.ts'

export interface SoakResult {
  readonly store: 'sqlite' | 'postgres'
  readonly processes: number
  readonly requests: number
  /** By the count of the upstream itself. */
  readonly paidCalls: number
  /** Nano-dollars. */
  readonly billed: number
  readonly recorded: number
  /** What is still reserved or leased after all processes have ended, nano-dollars. */
  readonly held: number
  /** Answers that were not 200, or broke off. */
  readonly failed: number
  readonly seconds: number
  readonly holds: boolean
}

const REQUESTS = 200
const CALLS = 3
/** Nearly the bound of each call, so that a fourth cannot be had. */
const usage = { prompt_tokens: 210, completion_tokens: 100 }
const CALL = nanoOf(usage.prompt_tokens, usage.completion_tokens, openaiPrice)
const LIMIT = CALLS * CALL + nanoOf(160, 0, openaiPrice)
const ALL_TIME = { grainSeconds: 900, sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER }

/** @param connectionString Of an empty PostgreSQL; without one all processes share a file, as `--workers` do. */
export async function soak(processes: number, connectionString?: string): Promise<SoakResult> {
  const startedAt = performance.now()
  await using upstreams = await startUpstreams()
  upstreams.openai.always({ usage })
  await using ended = new AsyncDisposableStack()
  const newFolder = () => ended.use(temporaryFolder()).path
  const start = async (ledger: string, args: readonly string[]) => {
    const folder = newFolder()
    const more = { ledger, limit: LIMIT / 1e9 }
    writeConfig(folder, upstreams, '', more)
    return { folder, served: ended.use(await serve(folder, undefined, args)) }
  }
  const started =
    connectionString === undefined
      ? [await start('sqlite:aegis.db', processes > 1 ? ['--workers', String(processes)] : [])]
      : await Promise.all(Array.from({ length: processes }, () => start(`"${connectionString}"`, [])))
  const replies = await Promise.all(
    Array.from({ length: REQUESTS }, (_, index) => {
      const { url } = (started[index % started.length] as { served: Served }).served
      const body = critical({ max_tokens: usage.completion_tokens, stream: index % 2 === 0 })
      return ask(`${url}/v1/chat/completions`, body)
    }),
  )
  for (const { served } of started) {
    served.child.kill('SIGTERM')
    await once(served.child, 'exit')
  }
  const store =
    connectionString === undefined
      ? new SqliteStore({ path: join(started[0]?.folder ?? '', 'aegis.db'), readOnly: true })
      : new PostgresStore({ connectionString })
  const { recorded, held } = await booksOf(store)
  const { requests } = upstreams.openai.journal
  const billed = requests.reduce(
    (sum, request) =>
      sum + (request.billed ? nanoOf(request.billed.inputTokens, request.billed.outputTokens, openaiPrice) : 0),
    0,
  )
  const paidCalls = requests.filter(({ method }) => method === 'POST').length
  const failed = replies.filter(({ status, ended }) => status !== 200 || ended !== 'complete').length
  return {
    store: connectionString === undefined ? 'sqlite' : 'postgres',
    ...{ processes, requests: REQUESTS, paidCalls, billed, recorded, held, failed },
    seconds: (performance.now() - startedAt) / 1000,
    holds: paidCalls === CALLS && billed === CALLS * CALL && recorded === billed && held === 0 && failed === 0,
  }
}

async function booksOf(store: LedgerStore): Promise<{ readonly recorded: number; readonly held: number }> {
  await store.open()
  try {
    const [found] = await store.figures([{ scope: 'provider', name: 'openai', ...ALL_TIME }], 0)
    if (found === undefined) throw new Error('the ledger did not answer')
    return { recorded: found.spent, held: found.leased + found.lost }
  } finally {
    await store.close()
  }
}
