// Owns the construction of what one configuration decides: who may be asked, by which rules and at what price. A process
// makes it anew for every configuration that it changes to; what has not changed is taken over as it runs.

import type { AccessDirectory } from './access/access-directory.ts'
import { KeyBook } from './access/key-book.ts'
import { RunTimePrices, runTimePrice } from './access/price-list.ts'
import { UserBook } from './access/user-book.ts'
import { UserBudgetBook } from './access/user-budgets.ts'
import { alertView } from './alerts/alert-view.ts'
import type { Alerts } from './alerts/alerts.ts'
import type { BatchBook } from './batch/batch-book.ts'
import { ResponseCache } from './cache/response-cache.ts'
import { readListingFile } from './catalogue/listing-file.ts'
import type { Surroundings } from './compose.ts'
import type { Privacy } from './compose-privacy.ts'
import { type ComposedRollout, composeRollout } from './compose-rollout.ts'
import type { ComposedTelemetry } from './compose-telemetry.ts'
import type { AegisConfig } from './config/aegis-config.ts'
import { isSameProvider, isSameSetting } from './config/compare-configs.ts'
import { catalogued, connectProvider, type Guard } from './connect-provider.ts'
import type { ContentShelf } from './content/content-shelf.ts'
import type { DetectorService } from './detection/detector-service.ts'
import type { Clock } from './domain/clock.ts'
import type { AnswerCache } from './domain/kept-answer.ts'
import { usdText } from './domain/money.ts'
import type { OnOverrun } from './domain/overrun.ts'
import type { PriceList } from './domain/price.ts'
import type { OnViolation } from './domain/privacy-violation.ts'
import type { ProviderRef } from './domain/provider-ref.ts'
import type { GatewayDeps, SandboxControl } from './gateway/gateway-deps.ts'
import { BudgetBook } from './ledger/budget-book.ts'
import type { LeasedLedger } from './ledger/leased-ledger.ts'
import type { LedgerStore } from './ledger/store.ts'
import type { UserSpending } from './ledger/user-spending.ts'
import type { Limiter } from './limits/limiter.ts'
import type { RefusalCap } from './limits/refusal-cap.ts'
import { budgetDefaults } from './money/budget-defaults.ts'
import { Balancer } from './policy/balancer.ts'
import { Breakers } from './policy/breakers.ts'
import { Exceptions } from './policy/classify/exceptions.ts'
import { createModelCatalogue } from './policy/model-catalogue.ts'
import { createPriceBook, type FindRunTimePrice } from './policy/price-book.ts'
import { documentedTokenRules } from './prices/openai-models.ts'
import type { Provider } from './providers/provider.ts'
import { LocalAddresses } from './providers/transport/egress-guard.ts'
import type { TraceparentOf } from './providers/transport/upstream.ts'
import type { ExplainDeps } from './proxy/explain.ts'
import { ProviderSlots } from './proxy/provider-slots.ts'
import type { DetectionDeps, ProxyDeps } from './proxy/proxy-deps.ts'
import { AllTelemetry } from './telemetry/all-telemetry.ts'
import type { ProviderView } from './telemetry/prometheus/prometheus-telemetry.ts'
import type { RolloutMetrics } from './telemetry/prometheus/rollout-metrics.ts'
import { StatusBoard } from './telemetry/status-board.ts'
import { GptTokenCounter } from './tokens/gpt-token-counter.ts'
import { version } from './version.ts'

/** What lives as long as the process, whatever its configuration. */
export interface Lasting extends ComposedTelemetry {
  readonly surroundings: Surroundings
  readonly sandbox: SandboxControl | undefined
  readonly store: LedgerStore
  readonly ledger: LeasedLedger
  readonly directory: AccessDirectory
  readonly spending: UserSpending
  readonly alerts: Alerts
  readonly limiter: Limiter
  readonly refusals: RefusalCap
  readonly shelf: ContentShelf
  readonly batches: BatchBook
  readonly privacy: Privacy
  readonly rolloutMetrics: RolloutMetrics
  readonly startedAtMs: number
}

/** What one configuration decides. */
export interface ComposedConfig {
  readonly config: AegisConfig
  readonly gateway: GatewayDeps
  readonly board: StatusBoard
  readonly models: ReadonlySet<string>
  readonly providers: ReadonlyMap<string, Provider>
  readonly slots: ReadonlyMap<string, ProviderSlots>
  readonly detection: ComposedDetection | undefined
  readonly rollout: ComposedRollout | undefined
  /** What metrics show of the providers. */
  readonly view: ProviderView
}

/** @param before what runs now, whose unchanged parts are shared: connections stay open, breakers keep what they know. */
export async function composeConfig(
  config: AegisConfig,
  lasting: Lasting,
  before?: ComposedConfig,
): Promise<ComposedConfig> {
  const { surroundings, sandbox, store, ledger, privacy, directory, spending, prometheus, recent, telemetry } = lasting
  const { clock, timers, random, logger } = surroundings
  const decision = await decisionDeps(config, clock, random, {
    before,
    runTime: (provider, model) => runTimePrice(directory, provider, model),
  })
  const cooling = (provider: ProviderRef, model: string) =>
    decision.breakers.cooling(provider, model, clock.monotonicMs())?.remainingMs
  const { policy, priceBook } = decision
  const rollout =
    config.rollout &&
    composeRollout(config.rollout, {
      ...lasting,
      clock,
      logger,
      current: policy,
      priceBook,
      metrics: lasting.rolloutMetrics,
      audit: privacy.audit,
    })
  const slots = slotsOf(config, lasting, before)
  const onViolation: OnViolation = (violation) => {
    rollout?.counters.violation()
    void rollout?.controller.look()
    privacy.onViolation(violation)
  }
  const onOverrun: OnOverrun = ({ requestId, provider, model, bound, cost }) => {
    prometheus.overrun(provider)
    const fields = { provider, model, bound_usd: usdText(bound), cost_usd: usdText(cost), request_id: requestId }
    logger.warn('budget_overrun', fields)
  }
  const providers = await connectAll(config, { onViolation, doors: privacy.doors }, lasting, before)
  await rollout?.controller.open()
  const board = new StatusBoard({
    config,
    recent,
    cooling,
    ledger,
    version,
    startedAtMs: lasting.startedAtMs,
    configuredAtMs: clock.wallMs(),
    privacy: () => privacy.state(config),
    rolloutState: () => rollout?.controller.known.state,
  })
  const gateway: GatewayDeps = {
    proxy: {
      ...decision,
      taint: privacy.taint,
      audit: privacy.audit,
      balancer: new Balancer(config.providers, config.routing.groups, random),
      slots,
      providers,
      cache: cacheOf(config, clock, before),
      ledger,
      telemetry: rollout ? new AllTelemetry([telemetry, rollout.counters, lasting.rolloutMetrics]) : telemetry,
      timers,
      random,
      maxAttempts: config.routing.maxAttempts,
      maxRetries: config.routing.maxRetries,
      onOverrun,
      rollout: rollout?.controller,
    },
    masterKey: config.auth.masterKey,
    previousMasterKey: config.auth.previousMasterKey,
    maxBodyBytes: config.server.maxBodyBytes,
    timeoutMs: config.routing.timeoutMs,
    budgetExceededStatus: config.budgets.exceededStatus,
    access: {
      ...{ directory, spending },
      keys: new KeyBook(directory, clock),
      users: new UserBook(directory, clock, (id, nowMs) => spending.inSlot(id, nowMs)),
      userBudgets: new UserBudgetBook(directory, clock),
      prices: new RunTimePrices(directory, clock),
    },
    limits: { limiter: lasting.limiter, refusals: lasting.refusals, ...config.limits },
    compat: config.compat,
    version,
    logger,
    renderMetrics: (own, others) => prometheus.render(own, others),
    metricFamilies: () => prometheus.families(),
    systemStatus: () => board.status(),
    privacyState: () => privacy.state(config),
    openDoor: privacy.openDoor,
    budgetBook: new BudgetBook({ store, clock, configured: config.budgets.all, flush: () => ledger.flush() }),
    budgetDefaults: budgetDefaults(config),
    listAlerts: async (limit) => (await store.alerts.newest(limit)).map(alertView),
    rollout: rollout?.controller,
    shelf: lasting.shelf,
    batches: lasting.batches,
    batchConcurrency: config.content.batchConcurrency,
    newId: surroundings.newId,
    traces: lasting.otel?.traces,
    sandbox,
  }
  const view: ProviderView = {
    ...{ providers: config.providers, cooling, places: ({ name }) => slots.get(name) },
    others: rollout?.families,
  }
  const models = new Set(config.providers.flatMap((provider) => provider.models))
  return { config, gateway, board, models, providers, slots, detection: decision.detection, rollout, view }
}

/** Ends what a configuration has and none of those that stay shares. */
export async function closeConfig(closed: ComposedConfig, staying: readonly ComposedConfig[]): Promise<void> {
  await closed.rollout?.controller.close()
  const kept = new Set(staying.flatMap(({ providers }) => [...providers.values()]))
  await Promise.all([...closed.providers.values()].filter((one) => !kept.has(one)).map((one) => one.close()))
  const detector = closed.detection?.detector
  if (detector && !staying.some(({ detection }) => detection?.detector === detector)) await detector.close()
}

async function connectAll(
  config: AegisConfig,
  guard: Guard,
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
      const connection = running || (await connectProvider(provider, local, guard, surroundings, traceparentOf))
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

/** What it holds goes on being given out as long as the policy and the cache's own settings stay. */
function cacheOf(config: AegisConfig, clock: Clock, before: ComposedConfig | undefined): AnswerCache | undefined {
  if (!config.cache) return undefined
  const { cache, routing, privacy } = config
  const is = before?.config
  const same = is && isSameSetting([is.cache, is.routing, is.privacy], [cache, routing, privacy])
  return same ? before?.gateway.proxy.cache : new ResponseCache({ clock, ...cache })
}

export interface ComposedDetection extends DetectionDeps {
  readonly detector: DetectorService
}

type DecisionDeps = Omit<ExplainDeps, 'ledger' | 'detection'> &
  Pick<ProxyDeps, 'breakers' | 'clock'> & { readonly detection: ComposedDetection | undefined }

/** What routes, and what it would cost. */
export async function composePolicy(
  config: AegisConfig,
  clock: Clock,
  runTime?: FindRunTimePrice,
): Promise<Pick<ExplainDeps, 'policy' | 'priceBook'>> {
  const { routing, privacy, providers, pricing } = config
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
    priceBook: createPriceBook(pricing, prices, documentedTokenRules, runTime),
  }
}

/** What decides: the same for a proxy that sends and for one that only explains. */
export async function decisionDeps(
  config: AegisConfig,
  clock: Clock,
  random: () => number,
  { before, runTime }: { readonly before?: ComposedConfig | undefined; readonly runTime?: FindRunTimePrice } = {},
): Promise<DecisionDeps> {
  const { routing, privacy, budgets } = config
  return {
    ...(await composePolicy(config, clock, runTime)),
    defaultClassification: privacy.defaultClassification,
    detection: await detectionOf(config, before),
    taint: undefined,
    exceptions: privacy.exceptions.length > 0 ? new Exceptions(privacy.exceptions) : undefined,
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
  const leaves =
    telemetry.otel?.content || telemetry.langsmith?.content || providers.some(({ location }) => location !== 'local')
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
