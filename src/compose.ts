// Owns construction: from a configuration to a running Aegis. The only place that chooses adapters; it holds no logic.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { AccessDirectory } from './access/access-directory.ts'
import { runTimePrice } from './access/price-list.ts'
import { enforcedBudgets } from './access/user-budgets.ts'
import type { BudgetAlertLabels } from './alerts/alert.ts'
import { Alerts } from './alerts/alerts.ts'
import { Courier } from './alerts/courier.ts'
import { Webhook } from './alerts/webhook.ts'
import { BatchBook } from './batch/batch-book.ts'
import { composeConfig, decisionDeps } from './compose-config.ts'
import { composePrivacy, type Privacy } from './compose-privacy.ts'
import { composeTelemetry } from './compose-telemetry.ts'
import type { AegisConfig, LedgerConfig } from './config/aegis-config.ts'
import { loadContentKey } from './content/content-key.ts'
import { ContentShelf } from './content/content-shelf.ts'
import type { BudgetStatus } from './domain/budget.ts'
import type { Clock } from './domain/clock.ts'
import type { Logger } from './domain/logger.ts'
import type { Timers } from './domain/timers.ts'
import type { GatewayDeps, SandboxControl } from './gateway/gateway-deps.ts'
import { LeasedLedger } from './ledger/leased-ledger.ts'
import type { OnLedgerFault } from './ledger/ledger-fault.ts'
import { LedgerReader } from './ledger/ledger-reader.ts'
import { IN_MEMORY } from './ledger/sqlite/ledger-file.ts'
import { SqliteStore } from './ledger/sqlite/sqlite-store.ts'
import type { LedgerStore } from './ledger/store.ts'
import { UserSpending } from './ledger/user-spending.ts'
import { Limiter } from './limits/limiter.ts'
import { RefusalCap } from './limits/refusal-cap.ts'
import { OpenParts } from './open-parts.ts'
import type { FindRunTimePrice } from './policy/price-book.ts'
import type { Provider } from './providers/provider.ts'
import type { ExplainDeps } from './proxy/explain.ts'
import { RunningAegis } from './running-aegis.ts'
import { DecisionRecorder } from './telemetry/decision-recorder.ts'
import { PrometheusTelemetry } from './telemetry/prometheus/prometheus-telemetry.ts'
import { RolloutMetrics } from './telemetry/prometheus/rollout-metrics.ts'
import { RecentDecisions } from './telemetry/recent-decisions.ts'
import { RequestLog } from './telemetry/request-log.ts'
import type { StatusBoard } from './telemetry/status-board.ts'
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

/** Everything that runs, and the one way to end it. What one configuration decides is replaced by another as a whole. */
export interface Aegis {
  readonly config: AegisConfig
  readonly gateway: GatewayDeps
  readonly board: StatusBoard
  readonly providers: ReadonlyMap<string, Provider>
  readonly privacy: Privacy
  /** Makes another configuration ready beside the running one, which goes on. Rejects when it cannot be used. */
  prepare(config: AegisConfig): Promise<PreparedConfig>
  /** Does what the first request would wait for otherwise. It takes a while, so a server listens before. */
  warmUp(): void
  close(): Promise<void>
}

/** A configuration that could take over at once. Exactly one of its methods is called. */
export interface PreparedConfig {
  /** From now on it is the one; cannot fail. @returns what ends the one before, for when nothing of it runs any more. */
  commit(): () => Promise<void>
  discard(): Promise<void>
}

/** What explains the decisions of a configuration, and can neither send nor spend. */
export interface Explainer {
  readonly config: AegisConfig
  readonly deps: ExplainDeps
}

/**
 * What was opened is closed again when the rest cannot be, the sandbox with it.
 * @throws LedgerFileError, LedgerDatabaseError, StoreUnavailable when the ledger cannot be used.
 */
export async function compose(
  config: AegisConfig,
  surroundings: Surroundings,
  sandbox?: SandboxControl & { close(): Promise<void> },
): Promise<Aegis> {
  const open = new OpenParts()
  if (sandbox) open.add(sandbox)
  try {
    return await composeInto(open, config, surroundings, sandbox)
  } catch (error) {
    await open.close()
    throw error
  }
}

async function composeInto(
  open: OpenParts,
  config: AegisConfig,
  surroundings: Surroundings,
  sandbox: SandboxControl | undefined,
): Promise<Aegis> {
  const { clock, logger } = surroundings
  const store = await createStore(config.ledger)
  const courier = createCourier(config, store, surroundings)
  const prometheus = new PrometheusTelemetry({ version, budgets: () => ledger.knownBudgets() })
  const own = { prometheus, recent: new RecentDecisions(), log: new RequestLog(logger) }
  const { keepDays } = config.telemetry.decisions
  const knowsModel = (model: string) => running.models.has(model)
  const decisions =
    keepDays > 0 ? [new DecisionRecorder({ store: store.decisions, clock, logger, keepDays, knowsModel })] : []
  const told = await composeTelemetry(config, own, decisions, surroundings.random)
  const onBudgetAlert = (labels: BudgetAlertLabels) => prometheus.budgetAlert(labels)
  const alerts = new Alerts({ store: store.alerts, clock, logger, courier, onBudgetAlert })
  const ledger = await openLedger(config, surroundings, store, alerts)
  open.add(ledger)
  open.add(alerts)
  const privacy = await composePrivacy(config, surroundings, {
    ...{ store, alerts, countViolation: () => prometheus.violation() },
  })
  open.add(privacy)
  const limiter = new Limiter({ store: store.limits, clock, owner: randomUUID() })
  open.add(limiter)
  const directory = await AccessDirectory.open({ store: store.access, clock })
  open.add(directory)
  open.add(told.telemetry)
  const spending = new UserSpending({ store, clock, flush: () => ledger.flush() })
  courier?.start()
  const rolloutMetrics = new RolloutMetrics()
  const startedAtMs = clock.wallMs()
  const shelf = contentShelf(config, store, clock)
  const batches = new BatchBook({ store: store.contents, shelf, clock })
  const kept = { ...told, store, ledger, alerts, privacy, directory, limiter, spending, rolloutMetrics }
  const lasting = { ...kept, refusals: new RefusalCap(), shelf, batches, surroundings, sandbox, startedAtMs }
  const running = new RunningAegis(await composeConfig(config, lasting), lasting, () => open.close())
  directory.onChange(() => ledger.setUserBudgets(enforcedBudgets(directory, running.config.budgets)))
  return running
}

/**
 * Reads the ledger, also while a server owns its file; without a file nothing has been spent.
 * @throws LedgerFileError when the file is no ledger of this version.
 */
export async function composeExplainer(config: AegisConfig, clock: Clock): Promise<Explainer> {
  const { budgets, directory } = await readLedger(config, clock)
  const prices: FindRunTimePrice = (provider, model) => runTimePrice(directory, provider, model)
  const decision = await decisionDeps(config, clock, Math.random, { runTime: prices })
  return { config, deps: { ...decision, ledger: { knownBudgets: () => budgets } } }
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

function contentShelf({ content }: AegisConfig, { contents }: LedgerStore, clock: Clock): ContentShelf {
  const { key, keyPath, keepMs } = content
  const loadKey = () => {
    if (key) return loadContentKey({ from: 'secret', secret: key })
    return loadContentKey(keyPath === undefined ? { from: 'nowhere' } : { from: 'file', path: keyPath })
  }
  const isKeyNew = () => !key && (keyPath === undefined || !existsSync(keyPath))
  return new ContentShelf({ store: contents, clock, loadKey, isKeyNew, keepMs })
}

function createCourier(
  { budgets }: AegisConfig,
  { alerts }: LedgerStore,
  { clock, logger }: Surroundings,
): Courier | undefined {
  if (!budgets.webhook) return undefined
  const webhook = new Webhook({ ...budgets.webhook, clock })
  return new Courier({ store: alerts, webhook, clock, logger, random: Math.random })
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
