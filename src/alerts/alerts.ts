// Owns telling: an alert goes to the log, to a metric and to the outbox of the webhook, once in all processes.
import { setImmediate as turn } from 'node:timers/promises'
import type { Budget, BudgetStatus } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import type { LogFields, Logger } from '../domain/logger.ts'
import { usdNumber } from '../domain/money.ts'
import type { PrivacyViolation } from '../domain/privacy-violation.ts'
import type { AlertStore } from '../ledger/alert-store.ts'
import type { LedgerFault } from '../ledger/ledger-fault.ts'
import { type Alert, type BudgetAlertLabels, payloadOf } from './alert.ts'
import type { Courier } from './courier.ts'
import { passedThresholds, thresholdAlert } from './passed-thresholds.ts'

export interface AlertsOptions {
  readonly store: Pick<AlertStore, 'raise' | 'delivered'>
  readonly clock: Clock
  readonly logger: Logger
  /** Undefined without a webhook: then nothing waits for delivery. */
  readonly courier: Courier | undefined
  readonly onBudgetAlert: (labels: BudgetAlertLabels) => void
}

/** Ids that need not be asked of the store again, at the most. */
const MOST_REMEMBERED = 100_000
/** Alerts of faults that wait for a store that is away, at the most. */
const MOST_WAITING = 100

/**
 * Who raises an alert first, by the store, also logs and counts it.
 * @example LeasedLedger.open({ onCharged: (statuses, budgets) => alerts.standing(statuses, budgets), … })
 */
export class Alerts {
  readonly #options: AlertsOptions
  /** Raised by somebody, as far as this process knows. */
  readonly #raised = new Set<string>()
  #waiting: Alert[] = []
  #raising: Promise<void> = Promise.resolve()

  constructor(options: AlertsOptions) {
    this.#options = options
  }

  /** Budgets as they stand now. @throws StoreUnavailable: nothing is forgotten, the same may be told again. */
  async standing(statuses: readonly BudgetStatus[], budgets: readonly Budget[]): Promise<void> {
    if (this.#waiting.length > 0) await this.#raiseWaiting()
    for (const passed of passedThresholds(statuses, budgets, this.#options.clock.wallMs())) {
      if (this.#raised.has(passed.id)) continue
      const alert = thresholdAlert(passed)
      if (await this.#raise(alert)) this.#tell(alert, passed.labels)
      // Thousands may be passed at once, such as after a limit for each user was lowered.
      await turn()
    }
  }

  /** What the ledger finds wrong: money that nobody could settle, and processes that are lost. Never throws. */
  fault(fault: LedgerFault): void {
    this.#queue(alertsOf(fault, this.#options.clock.wallMs()))
  }

  /** Something else to tell once, logged where it happens. Never throws. */
  notice(alert: Alert): void {
    this.#queue([alert])
  }

  #queue(alerts: readonly Alert[]): void {
    this.#waiting.push(...alerts.filter(({ id }) => !this.#raised.has(id)))
    this.#waiting = this.#waiting.slice(-MOST_WAITING)
    if (this.#waiting.length === 0) return
    this.#raising = this.#raising
      .then(() => this.#raiseWaiting())
      .catch(() => {
        // The store is away, which the ledger tells. They wait.
      })
  }

  /** Restricted data was about to leave, or a local server has forwarded it. Told once a day and cause. Never throws. */
  violation(violation: PrivacyViolation): void {
    this.#queue([violationAlert(violation, this.#options.clock.wallMs())])
  }

  /** Ends the deliveries under way; what is not delivered is by the next process. The store stays open. */
  async close(): Promise<void> {
    await this.#raising
    await this.#options.courier?.close()
  }

  async #raiseWaiting(): Promise<void> {
    for (let alert = this.#waiting[0]; alert !== undefined; alert = this.#waiting[0]) {
      await this.#raise(alert)
      this.#waiting = this.#waiting.filter((one) => one !== alert)
    }
  }

  /** @returns whether this process is the first. */
  async #raise(alert: Alert): Promise<boolean> {
    const { store, clock, courier } = this.#options
    const nowMs = Math.round(clock.wallMs())
    const first = await store.raise(alert.id, payloadOf(alert, nowMs), nowMs)
    if (this.#raised.size >= MOST_REMEMBERED) this.#raised.clear()
    this.#raised.add(alert.id)
    if (courier) courier.wake()
    else if (first) await store.delivered(alert.id)
    return first
  }

  #tell({ data }: Alert, labels: BudgetAlertLabels): void {
    const { logger, onBudgetAlert } = this.#options
    const fields = Object.entries(data).filter(([, value]) => value !== null)
    logger.warn('budget_alert', Object.fromEntries(fields) as LogFields)
    onBudgetAlert(labels)
  }
}

/** It is logged and counted already. */
function violationAlert({ provider, cause, requestId }: PrivacyViolation, wallMs: number): Alert {
  const day = new Date(wallMs).toISOString().slice(0, 10)
  const data = { provider, cause, request_id: requestId ?? null }
  return { id: `privacy_violation:${provider}:${cause}:${day}`, type: 'privacy.violation', data }
}

/** Each is logged as a fault already. */
function alertsOf(fault: LedgerFault, wallMs: number): Alert[] {
  if (fault.kind === 'unsettled_charged') {
    const { owner, reservations, amount } = fault
    const data = { owner, reservations, amount_usd: usdNumber(amount) }
    return [{ id: `unsettled_charged:${owner}`, type: 'ledger.unsettled_charged', data }]
  }
  if (fault.kind === 'leases_forfeited') {
    const day = new Date(wallMs).toISOString().slice(0, 10)
    return fault.owners.map((owner) => ({
      id: `leases_forfeited:${owner}:${day}`,
      type: 'ledger.leases_forfeited',
      data: { owner },
    }))
  }
  return []
}
