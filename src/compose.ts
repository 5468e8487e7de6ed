// Owns construction: from a configuration to a running Aegis. The only place that chooses adapters; it holds no logic.
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AegisConfig, ProviderConfig } from './config/aegis-config.ts'
import { type AiSdkKind, isAiSdkKind } from './config/ai-sdk-services.ts'
import type { Clock } from './domain/clock.ts'
import type { Logger } from './domain/logger.ts'
import type { PriceList } from './domain/price.ts'
import type { GatewayDeps, SandboxControl } from './gateway/gateway-deps.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { OnLedgerFault } from './ledger/ledger-fault.ts'
import { MemoryLedger } from './ledger/memory/memory-ledger.ts'
import { SqliteLedger } from './ledger/sqlite/sqlite-ledger.ts'
import { createPriceBook } from './policy/price-book.ts'
import { AiSdkProvider } from './providers/ai-sdk/ai-sdk-provider.ts'
import { GoogleTokens } from './providers/ai-sdk/google-tokens.ts'
import { loadWire } from './providers/ai-sdk/load-wire.ts'
import { OllamaProvider } from './providers/ollama/ollama-provider.ts'
import { OpenAIProvider } from './providers/openai-wire/openai-provider.ts'
import type { Provider } from './providers/provider.ts'
import { LocalAddresses, type OnViolation } from './providers/transport/egress-guard.ts'
import { Upstream } from './providers/transport/upstream.ts'
import { AllTelemetry } from './telemetry/all-telemetry.ts'
import { PrometheusTelemetry } from './telemetry/prometheus/prometheus-telemetry.ts'
import { RecentDecisions } from './telemetry/recent-decisions.ts'
import { StatusBoard } from './telemetry/status-board.ts'
import { version } from './version.ts'

/** What comes from outside, so that tests can give their own. */
export interface Surroundings {
  readonly clock: Clock
  readonly logger: Logger
  readonly newId: () => string
}

/** Everything that runs, and the one way to end it. */
export interface Aegis {
  readonly config: AegisConfig
  readonly gateway: GatewayDeps
  readonly board: StatusBoard
  readonly providers: ReadonlyMap<string, Provider>
  close(): Promise<void>
}

/** @throws LedgerFileError when the ledger's file cannot be used. */
export async function compose(
  config: AegisConfig,
  surroundings: Surroundings,
  sandbox?: SandboxControl,
): Promise<Aegis> {
  const { clock, logger } = surroundings
  const ledger = openLedger(config, surroundings)
  const recent = new RecentDecisions()
  const prometheus = new PrometheusTelemetry({ providers: config.providers, version, budgets: () => ledger.budgets() })
  const telemetry = new AllTelemetry([prometheus, recent])
  const onViolation: OnViolation = ({ provider, cause, requestId }) => {
    prometheus.violation()
    logger.error('privacy_violation', { provider, cause, request_id: requestId })
  }
  const local = new LocalAddresses(config.privacy.localNetworks)
  const open = config.providers.filter(({ closedBecause }) => closedBecause === undefined)
  const connected = open.map(async (provider) => {
    return [provider.name, await connect(provider, local, onViolation, clock)] as const
  })
  const providers = new Map(await Promise.all(connected))
  const board = new StatusBoard({ config, recent, ledger, version, startedAtMs: clock.wallMs() })
  const gateway: GatewayDeps = {
    proxy: {
      policy: {
        rules: config.routing.rules,
        fallback: config.routing.fallback,
        providers: config.providers,
        onExplicitCloudModel: config.privacy.onExplicitCloudModel,
      },
      defaultClassification: config.privacy.defaultClassification,
      providers,
      priceBook: createPriceBook(config.pricing, await priceList(config)),
      ledger,
      telemetry,
      clock,
      maxAttempts: config.routing.maxAttempts,
      minOutputTokens: config.budgets.minOutputTokens,
      onExceeded: config.budgets.onExceeded,
    },
    masterKey: config.auth.masterKey,
    maxBodyBytes: config.server.maxBodyBytes,
    timeoutMs: config.routing.timeoutMs,
    budgetExceededStatus: config.budgets.exceededStatus,
    version,
    logger,
    renderMetrics: () => prometheus.render(),
    systemStatus: () => board.status(),
    newId: surroundings.newId,
    sandbox,
  }
  const close = async () => {
    await Promise.all([...providers.values()].map((provider) => provider.close()))
    await telemetry.close()
    ledger.close()
  }
  return { config, gateway, board, providers, close }
}

function openLedger(config: AegisConfig, { clock, logger }: Surroundings): Ledger {
  const limits = config.budgets.monthlyLimits
  const { timeZone } = config.budgets
  const onFault: OnLedgerFault = (fault) => logger.error('ledger_fault', { ...fault })
  if (config.ledger.kind === 'memory') return new MemoryLedger({ clock, limits, timeZone, onFault })
  mkdirSync(dirname(config.ledger.path), { recursive: true })
  return new SqliteLedger({ path: config.ledger.path, clock, limits, timeZone, onFault })
}

async function connect(
  provider: ProviderConfig,
  localAddresses: LocalAddresses,
  onViolation: OnViolation,
  clock: Clock,
): Promise<Provider> {
  const { baseUrl, timeouts, maxConnections, keepAlive, maxContextTokens } = provider
  const { kind } = provider
  if (isAiSdkKind(kind)) return connectService(provider, kind, localAddresses, onViolation, clock)
  const headers: Record<string, string> = { ...provider.headers }
  if (provider.apiKey) headers.authorization = `Bearer ${provider.apiKey.reveal()}`
  if (provider.organization !== undefined) headers['openai-organization'] = provider.organization
  const upstream = new Upstream({
    ref: provider,
    baseUrl,
    timeouts,
    maxConnections,
    headers,
    localAddresses,
    onViolation,
  })
  switch (kind) {
    case 'ollama':
      return new OllamaProvider(provider, { upstream, settings: { keepAlive, maxContextTokens }, clock, onViolation })
    case 'openai':
      return new OpenAIProvider(provider, upstream, {
        outputCapMember: 'max_completion_tokens',
        asksForStreamUsage: true,
      })
    case 'openai_compatible':
      return new OpenAIProvider(provider, upstream, { outputCapMember: 'max_tokens', asksForStreamUsage: true })
  }
}

/** The package makes the whole path and the headers, so the connection has neither. */
async function connectService(
  provider: ProviderConfig,
  kind: AiSdkKind,
  localAddresses: LocalAddresses,
  onViolation: OnViolation,
  clock: Clock,
): Promise<Provider> {
  const { baseUrl, timeouts, maxConnections, headers, account } = provider
  const shared = { ref: provider, timeouts, headers: {}, localAddresses, onViolation }
  const upstream = new Upstream({ ...shared, baseUrl: new URL(baseUrl).origin, maxConnections })
  const keys = account?.keys && {
    accessKeyId: account.keys.accessKeyId,
    secretAccessKey: account.keys.secretAccessKey.reveal(),
    sessionToken: account.keys.sessionToken?.reveal(),
  }
  const credentialsFile = account?.credentialsFile
  const tokens =
    credentialsFile === undefined
      ? undefined
      : new GoogleTokens({
          provider: provider.name,
          readCredentials: () => readFile(credentialsFile, 'utf8'),
          connect: (origin) => new Upstream({ ...shared, baseUrl: origin, maxConnections: 2 }),
          clock,
        })
  const wireOf = await loadWire(kind, {
    baseUrl,
    headers,
    apiKey: provider.apiKey?.reveal() ?? '',
    region: account?.region,
    keys,
    accessToken: tokens && (() => tokens.current()),
  })
  return new AiSdkProvider(provider, {
    upstream,
    wireOf,
    baseUrl,
    clock,
    ...(tokens ? { closeWire: () => tokens.close() } : {}),
  })
}

/** The public list is large, so it is loaded only when some model is not local. */
async function priceList(config: AegisConfig): Promise<PriceList> {
  if (config.providers.every(({ location }) => location === 'local')) return { find: () => undefined }
  const { publicPriceList } = await import('./prices/genai-prices.ts')
  return publicPriceList(new Map(config.providers.map(({ name, baseUrl }) => [name, baseUrl])))
}
