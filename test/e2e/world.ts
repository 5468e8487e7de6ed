// Owns the world of these tests: a simulated OpenAI, Ollama Cloud and local Ollama, and the real gateway before them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { BudgetStatus } from '../../src/domain/budget.ts'
import type { UsageRow } from '../../src/ledger/ledger.ts'
import {
  type JsonObject,
  type OllamaModel,
  startOllamaUpstream,
  startOpenAIUpstream,
  type Upstream,
} from '../../src/testing/index.ts'
import {
  cloudOllama,
  type GatewayOptions,
  localOllama,
  openAIProvider,
  type ProviderInput,
  type RunningGateway,
  startGateway,
} from '../make/gateway.ts'
import { Ask, type AskOptions, ask, type Body, type Reply } from './client.ts'

/** Nano-dollars a token, of gpt-4o and of everything at the simulated Ollama Cloud. */
export const openaiPrice = { input: 2_500, output: 10_000, cached: 1_250 } as const
export const cloudPrice = { input: 500, output: 1_500 } as const

const pricing: ConfigInput['pricing'] = {
  openai: { 'gpt-4o': { input_per_million: 2.5, output_per_million: 10, cached_input_per_million: 1.25 } },
  ollama_cloud: { '*': { input_per_million: 0.5, output_per_million: 1.5 } },
}

export const providerNames = ['openai', 'ollama_cloud', 'local_ollama'] as const
export type ProviderName = (typeof providerNames)[number]

/** In this order the default rules fall back; with these hints the first one is asked first. */
export const criticalHints = { quality_requirement: 'critical', complexity: 'high' } as const
export const batchHints = { batch_size: 20 } as const

export interface WorldOptions {
  /** Changes to a provider's entry; `undefined` leaves the provider out. */
  readonly providers?: Readonly<Partial<Record<ProviderName, Partial<ProviderInput> | undefined>>>
  readonly localModels?: readonly (string | OllamaModel)[]
  /** What the local Ollama says of its cloud. */
  readonly cloudDisabled?: boolean
  readonly limits?: Readonly<Partial<Record<ProviderName, number | string>>>
  readonly budgets?: Omit<NonNullable<ConfigInput['budgets']>, 'monthly_limits'>
  readonly config?: Partial<ConfigInput>
  readonly gateway?: GatewayOptions
}

export interface World extends AsyncDisposable {
  readonly openai: Upstream
  readonly ollama_cloud: Upstream
  readonly local_ollama: Upstream
  readonly gateway: RunningGateway
  /** `POST /v1/chat/completions` */
  chat(body?: Body, options?: AskOptions): Promise<Reply>
  /** The same, to be left or looked at while it runs. */
  open(body?: Body, options?: AskOptions): Ask
  explain(body: Body): Promise<Reply>
  budget(provider: ProviderName): Promise<BudgetStatus>
  /** Newest first. */
  usage(): Promise<readonly UsageRow[]>
  /** Cost by provider in nano-dollars, by the ledger's own summary. */
  costs(): Promise<Readonly<Record<string, number>>>
  metric(line: string): number | undefined
  /** Resolves once no request runs and nothing is reserved; fails when that does not come. */
  atRest(): Promise<void>
}

/** Starts it. Everything ends with `await using`. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const openai = await startOpenAIUpstream({ label: 'openai' })
  const cloud = await startOllamaUpstream({ label: 'cloud', apiKey: 'sk-ollama-test', numCtx: 131_072 })
  const local = await startOllamaUpstream({
    label: 'local',
    models: options.localModels ?? ['llama3.2:8b'],
    cloudDisabled: options.cloudDisabled ?? false,
  })
  const upstreams = { openai, ollama_cloud: cloud, local_ollama: local }
  const gateway = await startGateway(configOf(upstreams, options), options.gateway).catch(async (error: unknown) => {
    await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()))
    throw error
  })
  const { ledger } = gateway.aegis.gateway.proxy
  const url = `${gateway.url}/v1/chat/completions`
  return {
    ...upstreams,
    gateway,
    chat: (body = question(), more = {}) => ask(url, body, more),
    open: (body = question(), more = {}) => new Ask(url, body, more),
    explain: (body) => ask(`${gateway.url}/v1/explain`, body),
    async budget(provider) {
      const found = (await ledger.budgets()).find(({ subject }) => subject === provider)
      assert.ok(found, `${provider} has no budget`)
      return found
    },
    usage: async () => (await ledger.usage({ limit: 1000 })).rows,
    costs: async () =>
      Object.fromEntries((await ledger.summary('provider', {})).map(({ group, cost }) => [group, cost])),
    metric: (line) => metricOf(gateway.aegis.gateway.renderMetrics(), line),
    atRest: () => atRest(gateway),
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()))
    },
  }
}

function configOf(upstreams: Readonly<Record<ProviderName, Upstream>>, options: WorldOptions): ConfigInput {
  const { providers: changes = {}, limits = {}, budgets = {}, config = {} } = options
  const entries: Record<ProviderName, (more: Partial<ProviderInput>) => ProviderInput> = {
    local_ollama: (more) => localOllama(upstreams.local_ollama, more),
    ollama_cloud: (more) => cloudOllama(upstreams.ollama_cloud, more),
    openai: (more) => openAIProvider(upstreams.openai, more),
  }
  const providers = Object.fromEntries(
    (['local_ollama', 'ollama_cloud', 'openai'] as const)
      .filter((name) => !(name in changes) || changes[name] !== undefined)
      .map((name) => [name, entries[name](changes[name] ?? {})]),
  )
  const monthly = Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined))
  return {
    providers,
    pricing: Object.fromEntries(Object.entries(pricing ?? {}).filter(([name]) => name in providers)),
    budgets: { ...budgets, monthly_limits: monthly as Record<string, number | string> },
    ...config,
  }
}

/** A chat request that asks for OpenAI first, with what `more` adds or replaces. */
export function question(more: JsonObject = {}): JsonObject {
  return { model: 'auto', messages: [{ role: 'user', content: 'What is the capital of France?' }], ...more }
}

/** The same with the hints that put OpenAI first. */
export function critical(more: JsonObject = {}): JsonObject {
  return question({ aegis: criticalHints, ...more })
}

export function nanoOf(
  input: number,
  output: number,
  price: { readonly input: number; readonly output: number },
): number {
  return input * price.input + output * price.output
}

/** Resolves once the condition holds; for what this process does not tell by an event. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const patienceMs = 60_000
  const startedMs = performance.now()
  while (!(await condition())) {
    if (performance.now() - startedMs > patienceMs) throw new Error(`not within ${patienceMs} ms: ${what}`)
    await pause(2)
  }
}

async function atRest(gateway: RunningGateway): Promise<void> {
  const { proxy, renderMetrics } = gateway.aegis.gateway
  const reserved = async () => (await proxy.ledger.budgets()).reduce((sum, budget) => sum + budget.reserved, 0)
  const running = () => metricOf(renderMetrics(), 'llm_in_flight')
  const rests = async () => (await reserved()) === 0 && running() === 0
  await until(rests, 'no request in flight and nothing reserved').catch(() => {})
  assert.deepEqual({ reserved: await reserved(), running: running() }, { reserved: 0, running: 0 })
}

/** The value of a metric's line, such as `llm_in_flight` or `llm_cost_usd_total{provider="openai"}`. */
export function metricOf(text: string, line: string): number | undefined {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  return found === undefined ? undefined : Number(found.slice(line.length + 1))
}

/** A folder that is removed at the end. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'aegis-e2e-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
