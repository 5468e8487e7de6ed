// Owns the start: a configuration from a file, an object, or what this machine offers, and then a running Aegis.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Aegis, compose, composeExplainer, type Explainer, type Surroundings } from './compose.ts'
import type { AegisConfig, ConfigNotice } from './config/aegis-config.ts'
import { budgetsSchema } from './config/budgets-schema.ts'
import { buildBudgets } from './config/build-money.ts'
import { discover } from './config/discover.ts'
import { findConfigFile } from './config/find-config-file.ts'
import { loadConfig, parseConfig } from './config/load-config.ts'
import type { ConfigInput } from './config/schema.ts'
import { Cancellation } from './domain/cancellation.ts'
import type { Clock } from './domain/clock.ts'
import type { Logger } from './domain/logger.ts'
import type { Timers } from './domain/timers.ts'
import { SCHEMA_VERSION } from './ledger/sqlite/schema.ts'
import { listOllamaModels } from './providers/ollama/list-models.ts'
import { listOpenAIModels } from './providers/openai-wire/list-models.ts'
import type { Sandbox } from './testing/sandbox.ts'

/** Where simulated providers listen. */
export interface SandboxAddresses {
  readonly local: string
  readonly cloud: string
  readonly openai: string
}

export interface OpenOptions {
  /** A file's path, an object with the file's keys, or nothing: a file at a usual place, else what is found. */
  readonly config?: string | object
  /** Simulated providers, whatever else there is. */
  readonly sandbox?: boolean
  /** Simulated providers that run elsewhere. */
  readonly sandboxAt?: SandboxAddresses
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly logger?: Logger
  readonly clock?: Clock
  readonly timers?: Timers
  /** From 0 up to 1; for the jitter of waits. */
  readonly random?: () => number
}

export const systemClock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }

const systemTimers: Timers = {
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}

const silent: Logger = { info() {}, warn() {}, error() {} }

/** A configuration's file as it was read. */
export interface ConfigFile {
  /** As the user named it. */
  readonly path: string
  readonly text: string
}

/** A configuration, and the simulated upstreams that it needs, if any. */
export interface FoundConfig {
  readonly config: AegisConfig
  /** Where it came from a file. */
  readonly file?: ConfigFile
  readonly sandbox: Sandbox | undefined
}

/** Simulated upstreams, here or in another process. */
export type RunningSandbox = Pick<Sandbox, 'states' | 'set' | 'close'>

/**
 * Loads, or discovers, and composes.
 * @throws ConfigError with every problem; LedgerFileError, LedgerDatabaseError, StoreUnavailable when the ledger cannot be used.
 */
export async function openAegis(options: OpenOptions = {}): Promise<Aegis> {
  const { config, sandbox } = await findConfig(options)
  const aegis = await startAegis(config, sandbox, options)
  aegis.warmUp()
  return aegis
}

/** Composes a configuration that has been found. The sandbox ends with the Aegis that uses it. */
export async function startAegis(
  config: AegisConfig,
  sandbox: RunningSandbox | undefined,
  options: OpenOptions,
): Promise<Aegis> {
  const surroundings: Surroundings = {
    clock: options.clock ?? systemClock,
    timers: options.timers ?? systemTimers,
    random: options.random ?? Math.random,
    logger: options.logger ?? silent,
    newId: requestIds(),
  }
  return compose(config, surroundings, sandbox)
}

/**
 * Loads, or discovers, what explains: it calls nobody and only reads the ledger, so it works beside a running server.
 * @throws ConfigError with every problem; LedgerFileError when the ledger's file is none.
 */
export async function openExplainer(options: OpenOptions = {}): Promise<Explainer> {
  const { config, sandbox } = await findConfig(options)
  // Nobody is asked, so nobody needs to be there.
  await sandbox?.close()
  return composeExplainer(config, options.clock ?? systemClock)
}

/** A file wins over discovery; without any provider the sandbox is what is left. */
export async function findConfig(options: OpenOptions): Promise<FoundConfig> {
  const env = options.env ?? process.env
  const cwd = options.cwd ?? process.cwd()
  if (options.sandboxAt) return { config: await sandboxConfig([], options.sandboxAt), sandbox: undefined }
  if (options.sandbox) return ownSandbox([])
  if (typeof options.config === 'object') {
    const config = parseConfig(options.config as ConfigInput, { source: 'object', env })
    return { config, sandbox: undefined }
  }
  const path = await findConfigFile({ stated: options.config, cwd, env, exists: existsSync })
  if (path !== undefined) return loadFile(path, env, cwd)
  const found = await discover({
    env,
    probe: (baseUrl, wire, key) => (wire === 'ollama' ? listOllamaModels(baseUrl) : listOpenAIModels(baseUrl, key)),
  })
  const { notices } = found
  if (!found.config) return ownSandbox(notices)
  return { config: parseConfig(found.config, { source: 'discovered', env, notices }), sandbox: undefined }
}

async function loadFile(path: string, env: Environment, cwd: string): Promise<FoundConfig> {
  let text = ''
  const config = await loadConfig({
    ...{ path, env, cwd },
    readFile: async (file) => {
      text = await readFile(file, 'utf8')
      return text
    },
  })
  return { config, file: { path, text }, sandbox: undefined }
}

/** The configuration of a file whose text has been read, by the variables of now. @throws ConfigError with every problem. */
export function configOfFile({ path, text }: ConfigFile, env: Environment = process.env): AegisConfig {
  return parseConfig(text, { source: path, env })
}

/** The file again, as it is now. @throws ConfigError when it cannot be read or used. */
export async function readAgain({ path }: ConfigFile): Promise<FoundConfig> {
  return loadFile(path, process.env, process.cwd())
}

type Environment = Readonly<Record<string, string | undefined>>

/** Simulated providers under the usual names, with real prices and small budgets, so that everything can be tried. */
async function ownSandbox(notices: readonly ConfigNotice[]): Promise<FoundConfig> {
  const { startSandbox } = await import('./testing/sandbox.ts')
  const sandbox = await startSandbox({ journalBytes: 0 })
  const { local, cloud, openai } = sandbox
  const config = await sandboxConfig(notices, { local: local.url, cloud: cloud.url, openai: openai.url })
  return { config, sandbox }
}

async function sandboxConfig(
  notices: readonly ConfigNotice[],
  { local, cloud, openai }: SandboxAddresses,
): Promise<AegisConfig> {
  const { sandboxKey } = await import('./testing/sandbox.ts')
  const simulated = true
  const input: ConfigInput = {
    providers: {
      local_ollama: {
        kind: 'ollama',
        location: 'local',
        simulated,
        base_url: local,
        models: ['llama3.2:8b', 'gemma-3-4b-it-Q8_0', 'nomic-embed-text'],
      },
      ollama_cloud: {
        kind: 'ollama',
        location: 'cloud',
        simulated,
        base_url: cloud,
        api_key: sandboxKey,
        models: ['gpt-oss:120b', 'llama3-70b'],
      },
      openai: {
        kind: 'openai',
        location: 'cloud',
        simulated,
        base_url: `${openai}/v1`,
        api_key: sandboxKey,
        models: ['gpt-4o', 'gpt-4o-mini', 'text-embedding-3-small'],
      },
    },
    pricing: { ollama_cloud: { '*': { input_per_million: 0.5, output_per_million: 1.5 } } },
    budgets: sandboxLimits,
    ledger: `sqlite:${sandboxLedgerPath()}`,
  }
  return parseConfig(input, { source: 'sandbox', env: {}, notices })
}

const sandboxLimits = { monthly_limits: { ollama_cloud: 5, openai: 10 } }

function sandboxLedgerPath(): string {
  return join(tmpdir(), `aegis-sandbox-${userInfo().uid}-v${SCHEMA_VERSION}.db`)
}

/** Where the sandbox keeps its ledger, so that `aegis usage` sees it too. */
export function sandboxLedger(): AegisConfig['ledger'] {
  const path = sandboxLedgerPath()
  return { kind: 'sqlite', path, journal: `${path}-leases`, fsync: false }
}

/** The sandbox's own providers. */
export const sandboxProviderNames = ['local_ollama', 'ollama_cloud', 'openai'] as const

/** The sandbox's own budgets. */
export function sandboxBudgets(): AegisConfig['budgets'] {
  return buildBudgets(budgetsSchema.parse(sandboxLimits))
}

/**
 * Request ids: 48 bits of milliseconds, a counter, and 48 bits that are random per process, in hexadecimal. Ids that
 * grow keep the ledger's index of them small and cheap to write, and nothing random is drawn per request.
 */
function requestIds(): () => string {
  const process = randomUUID().slice(24)
  let counter = 0
  return () => {
    counter = (counter + 1) % 0x1_0000_0000
    return `req_${Date.now().toString(16).padStart(12, '0')}${counter.toString(16).padStart(8, '0')}${process}`
  }
}

/** For probes that must not wait. */
export function cancelledAfter(milliseconds: number): Cancellation {
  const cancellation = new Cancellation()
  setTimeout(() => cancellation.cancel('deadline'), milliseconds).unref()
  return cancellation
}
