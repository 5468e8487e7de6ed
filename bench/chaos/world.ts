/** Owns what a chaos run breaks: two paid upstreams that fail by chance, a local one, a database, and a gateway of two workers. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/load-config.ts'
import type { Budget } from '../../src/domain/budget.ts'
import { startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { type Served, serve } from '../../test/e2e/served.ts'
import { cloudPrice, openaiPrice, temporaryFolder } from '../../test/e2e/world.ts'
import { type Database, type DatabaseKind, openDatabase } from './database.ts'
import { drawMeeting, type FaultName, type PaidWire } from './faults.ts'
import { Random } from './random.ts'

export const WORKERS = 2
/** The deadline of a request, of which a client that waits longer would hang. */
export const DEADLINE_MS = 20_000
/** Nano-dollars a token of what embeds. */
const EMBEDDING_PRICE = 20
/** Enough that requests are not all one shape, small enough that a whole run stays in memory. */
const JOURNAL_BYTES = 512 * 1024 * 1024

/** The paths that take from the script. */
const inference = /\/(chat\/completions|embeddings|api\/chat)$/

/** A paid upstream, its script and its bill. */
export class PaidUpstream {
  readonly upstream: Upstream
  /** As the configuration names it. */
  readonly provider: string
  readonly #wire: PaidWire
  readonly #random: Random
  readonly #drawn: (FaultName | undefined)[] = []

  constructor(provider: string, wire: PaidWire, upstream: Upstream, seed: number) {
    this.provider = provider
    this.upstream = upstream
    this.#wire = wire
    this.#random = new Random(seed)
  }

  /** Keeps the script longer than what can arrive before this is called again. */
  supply(): void {
    while (this.#drawn.length < this.upstream.journal.requests.length + 256) {
      const { fault, behaviour } = drawMeeting(this.#random, this.#wire)
      this.#drawn.push(fault)
      this.upstream.next(behaviour)
    }
  }

  /** Requests for an answer, not those for lists and facts of models. */
  get asked(): number {
    return this.upstream.journal.requests.filter(({ path }) => inference.test(path)).length
  }

  /** The faults that these have met, each as often. */
  get met(): readonly FaultName[] {
    return this.#drawn.slice(0, this.asked).filter((fault) => fault !== undefined)
  }

  /** What it has billed until now, nano-dollars. */
  billed(): number {
    return this.upstream.journal.requests.reduce((sum, { billed, path }) => {
      if (!billed) return sum
      if (path.endsWith('/embeddings')) return sum + billed.inputTokens * EMBEDDING_PRICE
      const price = this.#wire === 'openai' ? openaiPrice : cloudPrice
      return sum + billed.inputTokens * price.input + billed.outputTokens * price.output
    }, 0)
  }
}

export interface ChaosWorld extends AsyncDisposable {
  readonly served: Served
  readonly database: Database
  readonly paid: readonly PaidUpstream[]
  readonly local: Upstream
  /** Of the configuration, whichever of the two it is. */
  readonly budgets: readonly Budget[]
  /** Puts a file in place of the configuration: one of two that hold, or one that does not. */
  writeConfig(which: 'first' | 'second' | 'invalid'): void
  /** Process ids of the workers that live. */
  workers(): number[]
}

/** Starts it all. */
export async function startChaosWorld(kind: DatabaseKind, seed: number): Promise<ChaosWorld> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(temporaryFolder()).path
  const database = stack.use(await openDatabase(kind, folder))
  const openai = stack.use(await startOpenAIUpstream({ journalBytes: JOURNAL_BYTES }))
  const cloud = stack.use(await startOllamaUpstream({ label: 'cloud', numCtx: 131_072, journalBytes: JOURNAL_BYTES }))
  const local = stack.use(
    await startOllamaUpstream({ models: ['llama3.2:8b', 'nomic-embed-text'], journalBytes: JOURNAL_BYTES }),
  )
  const paid = [
    new PaidUpstream('openai', 'openai', openai, seed),
    new PaidUpstream('ollama_cloud', 'ollama', cloud, seed + 1),
  ]
  for (const one of paid) one.supply()
  const addresses = { openai: openai.url, cloud: cloud.url, local: local.url, ledger: database.url }
  const writeConfig = (which: 'first' | 'second' | 'invalid') =>
    writeFileSync(join(folder, 'aegis.yml'), configText(which, addresses))
  writeConfig('first')
  const served = stack.use(await serve(folder, {}, ['--workers', String(WORKERS)]))
  const owned = stack.move()
  return {
    ...{ served, database, paid, local, writeConfig },
    budgets: parseConfig(configText('first', addresses), { source: 'aegis.yml', env: {} }).budgets.all,
    workers: () => {
      const { pid } = served.child
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      return text.trim().split(' ').filter(Boolean).map(Number)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface Addresses {
  readonly openai: string
  readonly cloud: string
  readonly local: string
  readonly ledger: string
}

function configText(which: 'first' | 'second' | 'invalid', { openai, cloud, local, ledger }: Addresses): string {
  const patience = 'connect_timeout_ms: 1000, first_byte_timeout_ms: 1500, idle_timeout_ms: 1500'
  const attempts = which === 'first' ? 4 : 5
  return `
providers:
  local_ollama: { kind: ollama, location: local, base_url: ${local}, models: [llama3.2:8b, nomic-embed-text] }
  openai:
    { kind: openai, location: cloud, base_url: ${openai}/v1, api_key: sk-chaos, models: [gpt-4o, text-embedding-3-small], ${patience} }
  ollama_cloud:
    { kind: ollama, location: cloud, base_url: ${cloud}, api_key: sk-chaos, models: ["gpt-oss:120b"], ${patience} }
pricing:
  openai:
    gpt-4o: { input_per_million: 2.5, output_per_million: 10, cached_input_per_million: 1.25 }
    text-embedding-3-small: { input_per_million: 0.02, output_per_million: 0 }
  ollama_cloud: { "*": { input_per_million: 0.5, output_per_million: 1.5 } }
budgets:
  limits:
    - { global: true, per: lifetime, limit: 1000 }
    - { provider: openai, per: lifetime, limit: 1000 }
    - { provider: ollama_cloud, per: lifetime, limit: 1000 }
    - { provider: openai, per: 20s, limit: 0.04 }
    - { user: "*", per: day, limit: 0.05 }
routing:
  timeout_ms: ${DEADLINE_MS}
  max_attempts: ${attempts}
  breaker: { failures: 5, window_ms: 10000, cooldown_ms: 500 }
server: { drain_ms: 20000${which === 'invalid' ? ', drain: never' : ''} }
ledger: "${ledger}"
`
}
