// Owns the construction of what one configuration decides: who may be asked, by which rules and at what price. A process
// makes it anew for every configuration that it changes to; what has not changed is taken over as it runs.

import { alertView } from './alerts/alert-view.ts'
import { readListingFile } from './catalogue/listing-file.ts'
import type { Surroundings } from './compose.ts'
import type { ComposedTelemetry } from './compose-telemetry.ts'
import type { AegisConfig } from './config/aegis-config.ts'
import { isSameProvider, isSameSetting } from './config/compare-configs.ts'
import { catalogued, connectProvider } from './connect-provider.ts'
import type { DetectorService } from './detection/detector-service.ts'
import type { Clock } from './domain/clock.ts'
import { usdText } from './domain/money.ts'
import type { OnOverrun } from './domain/overrun.ts'
import type { PriceList } from './domain/price.ts'
import type { ProviderRef } from './domain/provider-ref.ts'
import type { GatewayDeps, SandboxControl } from './gateway/gateway-deps.ts'
import { BudgetBook } from './ledger/budget-book.ts'
import type { LeasedLedger } from './ledger/leased-ledger.ts'
import type { LedgerStore } from './ledger/store.ts'
import { budgetDefaults } from './money/budget-defaults.ts'
import { Balancer } from './policy/balancer.ts'
import { Breakers } from './policy/breakers.ts'
import { createModelCatalogue } from './policy/model-catalogue.ts'
import { createPriceBook } from './policy/price-book.ts'
import { documentedTokenRules } from './prices/openai-models.ts'
import type { Provider } from './providers/provider.ts'
import { LocalAddresses, type OnViolation } from './providers/transport/egress-guard.ts'
import type { TraceparentOf } from './providers/transport/upstream.ts'
import type { ExplainDeps } from './proxy/explain.ts'
import { ProviderSlots } from './proxy/provider-slots.ts'
import type { DetectionDeps, ProxyDeps } from './proxy/proxy-deps.ts'
import type { ProviderView } from './telemetry/prometheus/prometheus-telemetry.ts'
import { StatusBoard } from './telemetry/status-board.ts'
import { GptTokenCounter } from './tokens/gpt-token-counter.ts'
import { version } from './version.ts'

/** What lives as long as the process, whatever its configuration. */
export interface Lasting extends ComposedTelemetry {
  readonly surroundings: Surroundings
  readonly sandbox: SandboxControl | undefined
  readonly store: LedgerStore
  readonly ledger: LeasedLedger
  readonly startedAtMs: number
}

/** What one configuration decides. */
export interface ComposedConfig {
  readonly config: AegisConfig
  readonly gateway: GatewayDeps
  readonly board: StatusBoard
  readonly providers: ReadonlyMap<string, Provider>
  readonly slots: ReadonlyMap<string, ProviderSlots>
  readonly detection: ComposedDetection | undefined
  /** What metrics show of the providers. */
  readonly view: ProviderView
}

/** @param before what runs now, whose unchanged parts are shared: connections stay open, breakers keep what they know. */
export async function composeConfig(
  config: AegisConfig,
  lasting: Lasting,
  before?: ComposedConfig,
): Promise<ComposedConfig> {
  const { surroundings, sandbox, store, ledger, prometheus, recent, telemetry, startedAtMs } = lasting
  const { clock, timers, random, logger } = surroundings
  const decision = await decisionDeps(config, clock, random, before)
  const cooling = (provider: ProviderRef, model: string) =>
    decision.breakers.cooling(provider, model, clock.monotonicMs())?.remainingMs
  const slots = slotsOf(config, lasting, before)
  const onViolation: OnViolation = ({ provider, cause, requestId }) => {
    prometheus.violation()
    logger.error('privacy_violation', { provider, cause, request_id: requestId })
  }
  const onOverrun: OnOverrun = ({ requestId, provider, model, bound, cost }) => {
    prometheus.overrun(provider)
    const fields = { provider, model, bound_usd: usdText(bound), cost_usd: usdText(cost), request_id: requestId }
    logger.warn('budget_overrun', fields)
  }
  const providers = await connectAll(config, onViolation, lasting, before)
  const board = new StatusBoard({
    config,
    recent,
    cooling,
    ledger,
    version,
    startedAtMs,
    configuredAtMs: clock.wallMs(),
  })
  const gateway: GatewayDeps = {
    proxy: {
      ...decision,
      balancer: new Balancer(config.providers, config.routing.groups, random),
      slots,
      providers,
      ledger,
      telemetry,
      timers,
      random,
      maxAttempts: config.routing.maxAttempts,
      maxRetries: config.routing.maxRetries,
      onOverrun,
    },
    masterKey: config.auth.masterKey,
    previousMasterKey: config.auth.previousMasterKey,
    maxBodyBytes: config.server.maxBodyBytes,
    timeoutMs: config.routing.timeoutMs,
    budgetExceededStatus: config.budgets.exceededStatus,
    version,
    logger,
    renderMetrics: (own, others) => prometheus.render(own, others),
    metricFamilies: () => prometheus.families(),
    systemStatus: () => board.status(),
    budgetBook: new BudgetBook({ store, clock, configured: config.budgets.all, flush: () => ledger.flush() }),
    budgetDefaults: budgetDefaults(config),
    listAlerts: async (limit) => (await store.alerts(limit)).map(alertView),
    newId: surroundings.newId,
    traces: lasting.otel?.traces,
    sandbox,
  }
  const view: ProviderView = { providers: config.providers, cooling, places: ({ name }) => slots.get(name) }
  return { config, gateway, board, providers, slots, detection: decision.detection, view }
}

/** Ends what a configuration has and none of those that stay shares. */
export async function closeConfig(closed: ComposedConfig, staying: readonly ComposedConfig[]): Promise<void> {
  const kept = new Set(staying.flatMap(({ providers }) => [...providers.values()]))
  await Promise.all([...closed.providers.values()].filter((one) => !kept.has(one)).map((one) => one.close()))
  const detector = closed.detection?.detector
  if (detector && !staying.some(({ detection }) => detection?.detector === detector)) await detector.close()
}

async function connectAll(
  config: AegisConfig,
  onViolation: OnViolation,
  { surroundings, otel }: Lasting,
  before: ComposedConfig | undefined,
): Promise<ReadonlyMap<string, Provider>> {
  const traceparentOf: TraceparentOf | undefined = otel && ((attempt) => otel.traces.traceparentOf(attempt))
  const local = new LocalAddresses(config.privacy.localNetworks)
  const same = before && isSameSetting(before.config.privacy.localNetworks, config.privacy.localNetworks)
  const open = config.providers.filter(({ closedBecause }) => closedBecause === undefined)
  const connected = await Promise.allSettled(
    open.map(async (provider) => {
      const entry = before?.config.providers.find(({ name }) => name === provider.name)
      const running = same && entry && isSameProvider(entry, provider) && before.providers.get(provider.name)
      const connection = running || (await connectProvider(provider, local, onViolation, surroundings, traceparentOf))
      return { name: provider.name, connection, isNew: !running }
    }),
  )
  const made = connected.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = connected.find((one) => one.status === 'rejected')
  if (!failed) return new Map(made.map(({ name, connection }) => [name, connection]))
  await Promise.all(made.filter(({ isNew }) => isNew).map(({ connection }) => connection.close()))
  throw failed.reason
}

/** Places that are taken go on counting unless the provider's bounds have changed. */
function slotsOf(
  config: AegisConfig,
  { surroundings }: Lasting,
  before: ComposedConfig | undefined,
): ReadonlyMap<string, ProviderSlots> {
  return new Map(
    config.providers.flatMap(({ name, slots }) => {
      if (!slots) return []
      const entry = before?.config.providers.find((one) => one.name === name)
      const running = isSameSetting(entry?.slots, slots) ? before?.slots.get(name) : undefined
      return [[name, running ?? new ProviderSlots(slots, surroundings.timers)] as const]
    }),
  )
}

export interface ComposedDetection extends DetectionDeps {
  readonly detector: DetectorService
}

type DecisionDeps = Omit<ExplainDeps, 'ledger' | 'detection'> &
  Pick<ProxyDeps, 'breakers' | 'clock'> & { readonly detection: ComposedDetection | undefined }

/** What decides: the same for a proxy that sends and for one that only explains. */
export async function decisionDeps(
  config: AegisConfig,
  clock: Clock,
  random: () => number,
  before?: ComposedConfig,
): Promise<DecisionDeps> {
  const { routing, privacy, budgets, providers, pricing } = config
  const prices = await priceList(config, clock)
  const catalogue = createModelCatalogue({
    providers: providers.map(catalogued),
    listed: readListingFile(config.modelListingPath).listing,
    priceList: prices,
  })
  return {
    policy: {
      catalogue,
      rules: routing.rules,
      fallback: routing.fallback,
      providers,
      onExplicitCloudModel: privacy.onExplicitCloudModel,
    },
    defaultClassification: privacy.defaultClassification,
    priceBook: createPriceBook(pricing, prices, documentedTokenRules),
    detection: await detectionOf(config, before),
    tokenCounter: before?.gateway.proxy.tokenCounter ?? new GptTokenCounter(),
    minOutputTokens: budgets.minOutputTokens,
    breakers:
      before && isSameSetting(before.config.routing.breaker, routing.breaker)
        ? before.gateway.proxy.breakers
        : new Breakers(routing.breaker, random),
    clock,
  }
}

/** Where nothing can leave, nothing is searched; the detectors are large, so they are loaded only where they are used. */
async function detectionOf(
  { providers, privacy, telemetry }: AegisConfig,
  before: ComposedConfig | undefined,
): Promise<ComposedDetection | undefined> {
  const { enabled, trustsDeclared, acceptsDeclaredBinary, ...settings } = privacy.detect
  const leaves = telemetry.langsmith?.content || providers.some(({ location }) => location !== 'local')
  if (!enabled || !leaves) return undefined
  if (before?.detection && isSameSetting(before.config.privacy.detect, privacy.detect)) {
    return { detector: before.detection.detector, trustsDeclared, acceptsDeclaredBinary }
  }
  const { DetectorService } = await import('./detection/detector-service.ts')
  return { detector: new DetectorService(settings), trustsDeclared, acceptsDeclaredBinary }
}

/** The public list is large, so it is loaded only when some model is not local. */
async function priceList(config: AegisConfig, clock: Clock): Promise<PriceList> {
  if (config.providers.every(({ location }) => location === 'local')) return { find: () => undefined }
  const { publicPriceList } = await import('./prices/genai-prices.ts')
  const addresses = new Map(config.providers.map(({ name, baseUrl }) => [name, baseUrl]))
  return publicPriceList(addresses, () => clock.wallMs())
}
