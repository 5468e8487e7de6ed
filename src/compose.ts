// Owns construction: from a configuration to a running Aegis. The only place that chooses adapters; it holds no logic.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { AccessDirectory } from './access/access-directory.ts'
import { KeyBook } from './access/key-book.ts'
import { RunTimePrices, runTimePrice } from './access/price-list.ts'
import { UserBook } from './access/user-book.ts'
import { enforcedBudgets, UserBudgetBook } from './access/user-budgets.ts'
import { alertView } from './alerts/alert-view.ts'
import { Alerts } from './alerts/alerts.ts'
import { Courier } from './alerts/courier.ts'
import { Webhook } from './alerts/webhook.ts'
import { ResponseCache } from './cache/response-cache.ts'
import { readListingFile } from './catalogue/listing-file.ts'
import type { AegisConfig, LedgerConfig } from './config/aegis-config.ts'
import { catalogued, connectProvider } from './connect-provider.ts'
import type { DetectorService } from './detection/detector-service.ts'
import type { BudgetStatus } from './domain/budget.ts'
import type { Clock } from './domain/clock.ts'
import type { Logger } from './domain/logger.ts'
import { usdText } from './domain/money.ts'
import type { OnOverrun } from './domain/overrun.ts'
import type { PriceList } from './domain/price.ts'
import type { ProviderRef } from './domain/provider-ref.ts'
import type { Timers } from './domain/timers.ts'
import type { GatewayDeps, SandboxControl } from './gateway/gateway-deps.ts'
import { BudgetBook } from './ledger/budget-book.ts'
import { LeasedLedger } from './ledger/leased-ledger.ts'
import type { OnLedgerFault } from './ledger/ledger-fault.ts'
import { LedgerReader } from './ledger/ledger-reader.ts'
import { IN_MEMORY } from './ledger/sqlite/ledger-file.ts'
import { SqliteStore } from './ledger/sqlite/sqlite-store.ts'
import type { LedgerStore } from './ledger/store.ts'
import { UserSpending } from './ledger/user-spending.ts'
import { Limiter } from './limits/limiter.ts'
import type { BudgetDefaults } from './money/budget-entry.ts'
import { Balancer } from './policy/balancer.ts'
import { Breakers } from './policy/breakers.ts'
import { createModelCatalogue } from './policy/model-catalogue.ts'
import { createPriceBook, type FindRunTimePrice } from './policy/price-book.ts'
import { documentedTokenRules } from './prices/openai-models.ts'
import type { Provider } from './providers/provider.ts'
import { LocalAddresses, type OnViolation } from './providers/transport/egress-guard.ts'
import type { ExplainDeps } from './proxy/explain.ts'
import { ProviderSlots } from './proxy/provider-slots.ts'
import type { DetectionDeps, ProxyDeps } from './proxy/proxy-deps.ts'
import { AllTelemetry } from './telemetry/all-telemetry.ts'
import { PrometheusTelemetry } from './telemetry/prometheus/prometheus-telemetry.ts'
import { RecentDecisions } from './telemetry/recent-decisions.ts'
import { StatusBoard } from './telemetry/status-board.ts'
import { GptTokenCounter } from './tokens/gpt-token-counter.ts'
import { version } from './version.ts'

/** What comes from outside, so that tests can give their own. */
export interface Surroundings {
  readonly clock: Clock
  readonly timers: Timers
  /** From 0 up to 1. */
  readonly random: () => number
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

/** What explains the decisions of a configuration, and can neither send nor spend. */
export interface Explainer {
  readonly config: AegisConfig
  readonly deps: ExplainDeps
}

/** @throws LedgerFileError, LedgerDatabaseError, StoreUnavailable when the ledger cannot be used. */
export async function compose(
  config: AegisConfig,
  surroundings: Surroundings,
  sandbox?: SandboxControl,
): Promise<Aegis> {
  const { clock, timers, random, logger } = surroundings
  const store = await createStore(config.ledger)
  const courier = createCourier(config, store, surroundings)
  const alerts = new Alerts({
    ...{ store, clock, logger, courier },
    onBudgetAlert: (labels) => prometheus.budgetAlert(labels),
  })
  const ledger = await openLedger(config, surroundings, store, alerts)
  const directory = await AccessDirectory.open({ store: store.access, clock }).catch(async (error: unknown) => {
    await alerts.close()
    await ledger.close()
    throw error
  })
  directory.onChange(() => ledger.setUserBudgets(enforcedBudgets(directory, config.budgets)))
  const limiter = new Limiter({ store: store.limits, clock, owner: randomUUID() })
  const spending = new UserSpending({ store, clock, flush: () => ledger.flush() })
  courier?.start()
  const recent = new RecentDecisions()
  const decision = await decisionDeps(config, clock, random, (provider, model) =>
    runTimePrice(directory, provider, model),
  )
  const cooling = (provider: ProviderRef, model: string) =>
    decision.breakers.cooling(provider, model, clock.monotonicMs())?.remainingMs
  const slots = new Map(
    config.providers.flatMap(({ name, slots }) => (slots ? [[name, new ProviderSlots(slots, timers)] as const] : [])),
  )
  const prometheus = new PrometheusTelemetry({
    providers: config.providers,
    version,
    budgets: () => ledger.knownBudgets(),
    cooling,
    places: ({ name }) => slots.get(name),
  })
  const telemetry = new AllTelemetry([prometheus, recent])
  const onViolation: OnViolation = ({ provider, cause, requestId }) => {
    prometheus.violation()
    logger.error('privacy_violation', { provider, cause, request_id: requestId })
  }
  const onOverrun: OnOverrun = ({ requestId, provider, model, bound, cost }) => {
    prometheus.overrun(provider)
    const fields = { provider, model, bound_usd: usdText(bound), cost_usd: usdText(cost), request_id: requestId }
    logger.warn('budget_overrun', fields)
  }
  const local = new LocalAddresses(config.privacy.localNetworks)
  const open = config.providers.filter(({ closedBecause }) => closedBecause === undefined)
  const connected = open.map(async (provider) => {
    return [provider.name, await connectProvider(provider, local, onViolation, surroundings)] as const
  })
  const providers = new Map(await Promise.all(connected))
  const board = new StatusBoard({ config, recent, cooling, ledger, version, startedAtMs: clock.wallMs() })
  const gateway: GatewayDeps = {
    proxy: {
      ...decision,
      balancer: new Balancer(config.providers, config.routing.groups, random),
      slots,
      providers,
      cache: config.cache && new ResponseCache({ clock, ...config.cache }),
      ledger,
      telemetry,
      timers,
      random,
      maxAttempts: config.routing.maxAttempts,
      maxRetries: config.routing.maxRetries,
      onOverrun,
    },
    masterKey: config.auth.masterKey,
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
    limits: { limiter, ...config.limits },
    compat: config.compat,
    version,
    logger,
    renderMetrics: () => prometheus.render(),
    systemStatus: () => board.status(),
    budgetBook: new BudgetBook({ store, clock, configured: config.budgets.all, flush: () => ledger.flush() }),
    budgetDefaults: budgetDefaults(config),
    listAlerts: async (limit) => (await store.alerts(limit)).map(alertView),
    newId: surroundings.newId,
    sandbox,
  }
  const close = async () => {
    await Promise.all([...providers.values()].map((provider) => provider.close()))
    await decision.detection?.detector.close()
    await telemetry.close()
    directory.close()
    await limiter.close()
    await alerts.close()
    await ledger.close()
  }
  return { config, gateway, board, providers, close }
}

/**
 * Reads the ledger, also while a server owns its file; without a file nothing has been spent.
 * @throws LedgerFileError when the file is no ledger of this version.
 */
export async function composeExplainer(config: AegisConfig, clock: Clock): Promise<Explainer> {
  const { budgets, directory } = await readLedger(config, clock)
  const prices: FindRunTimePrice = (provider, model) => runTimePrice(directory, provider, model)
  const decision = await decisionDeps(config, clock, Math.random, prices)
  return { config, deps: { ...decision, ledger: { knownBudgets: () => budgets } } }
}

interface ComposedDetection extends DetectionDeps {
  readonly detector: DetectorService
}

type DecisionDeps = Omit<ExplainDeps, 'ledger' | 'detection'> &
  Pick<ProxyDeps, 'breakers' | 'clock'> & { readonly detection: ComposedDetection | undefined }

/** What decides: the same for a proxy that sends and for one that only explains. */
async function decisionDeps(
  config: AegisConfig,
  clock: Clock,
  random: () => number,
  runTime?: FindRunTimePrice,
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
    priceBook: createPriceBook(pricing, prices, documentedTokenRules, runTime),
    detection: await detectionOf(config),
    tokenCounter: new GptTokenCounter(),
    minOutputTokens: budgets.minOutputTokens,
    breakers: new Breakers(routing.breaker, random),
    clock,
  }
}

/** Where nothing can leave, nothing is searched; the detectors are large, so they are loaded only where they are used. */
async function detectionOf({ providers, privacy }: AegisConfig): Promise<ComposedDetection | undefined> {
  const { enabled, trustsDeclared, acceptsDeclaredBinary, ...settings } = privacy.detect
  if (!enabled || providers.every(({ location }) => location === 'local')) return undefined
  const { DetectorService } = await import('./detection/detector-service.ts')
  return { detector: new DetectorService(settings), trustsDeclared, acceptsDeclaredBinary }
}

interface ReadLedger {
  readonly budgets: readonly BudgetStatus[]
  readonly directory: AccessDirectory
}

async function readLedger({ ledger, budgets }: AegisConfig, clock: Clock): Promise<ReadLedger> {
  const isThere = ledger.kind === 'postgres' || (ledger.kind === 'sqlite' && existsSync(ledger.path))
  const store = isThere ? await createStore(ledger, { readOnly: true }) : await createStore({ kind: 'memory' })
  await using reader = await LedgerReader.open({ store, clock, budgets: budgets.all })
  const directory = await AccessDirectory.open({ store: store.access, clock })
  directory.close()
  return { budgets: await reader.budgets(), directory }
}

async function openLedger(
  config: AegisConfig,
  { clock, logger }: Surroundings,
  store: LedgerStore,
  alerts: Alerts,
): Promise<LeasedLedger> {
  const onFault: OnLedgerFault = (fault) => {
    const { kind, ...details } = fault
    const fields = Object.entries(details).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(' ') : value,
    ])
    logger.error('ledger_fault', { kind, ...Object.fromEntries(fields) })
    alerts.fault(fault)
  }
  try {
    return await LeasedLedger.open({
      store,
      clock,
      budgets: config.budgets.all,
      owner: { id: randomUUID(), host: hostname(), pid: process.pid },
      journal:
        config.ledger.kind === 'memory' ? undefined : { directory: config.ledger.journal, fsync: config.ledger.fsync },
      onFault,
      onCharged: (statuses, budgets) => alerts.standing(statuses, budgets),
    })
  } catch (error) {
    await alerts.close()
    throw error
  }
}

/** What a budget that is set at run time gets unless it says otherwise. */
export function budgetDefaults({
  budgets,
  providers,
}: Pick<AegisConfig, 'budgets'> & { readonly providers: readonly { readonly name: string }[] }): BudgetDefaults {
  const { timeZone, onExceeded, alertAtPercent } = budgets
  return { timeZone, onExceeded, alertAtPercent, providers: providers.map(({ name }) => name) }
}

function createCourier(
  { budgets }: AegisConfig,
  store: LedgerStore,
  { clock, logger }: Surroundings,
): Courier | undefined {
  if (!budgets.webhook) return undefined
  const webhook = new Webhook({ ...budgets.webhook, clock })
  return new Courier({ store, webhook, clock, logger, random: Math.random })
}

/** The store that a configuration names, not yet open. `readOnly` is for looking into a file that servers write. */
export async function createStore(ledger: LedgerConfig, { readOnly = false } = {}): Promise<LedgerStore> {
  switch (ledger.kind) {
    case 'memory':
      return new SqliteStore({ path: IN_MEMORY })
    case 'sqlite':
      return new SqliteStore({ path: ledger.path, fsync: ledger.fsync, readOnly })
    case 'postgres': {
      const { PostgresStore } = await import('./ledger/postgres/postgres-store.ts')
      return new PostgresStore({ connectionString: ledger.url.reveal() })
    }
  }
}

/** The public list is large, so it is loaded only when some model is not local. */
async function priceList(config: AegisConfig, clock: Clock): Promise<PriceList> {
  if (config.providers.every(({ location }) => location === 'local')) return { find: () => undefined }
  const { publicPriceList } = await import('./prices/genai-prices.ts')
  const addresses = new Map(config.providers.map(({ name, baseUrl }) => [name, baseUrl]))
  return publicPriceList(addresses, () => clock.wallMs())
}
