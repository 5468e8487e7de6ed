// Owns the delivery of alerts out of the store's outbox: at least once, by whichever process comes first.
import type { Clock } from '../domain/clock.ts'
import type { Logger } from '../domain/logger.ts'
import type { AlertStore, StoredAlert } from '../ledger/alert-store.ts'
import { webhookId } from './alert.ts'
import type { Webhook } from './webhook.ts'

export interface CourierOptions {
  readonly store: Pick<AlertStore, 'claim' | 'delivered' | 'postpone'>
  readonly webhook: Webhook
  readonly clock: Clock
  readonly logger: Logger
  /** From 0 to just below 1: spreads the tries of many alerts. */
  readonly random: () => number
}

const LOOK_EVERY_MS = 5000
/** Longer than a try takes. A process that dies with an alert in hand leaves it to others after that. */
const CLAIM_LASTS_MS = 60_000
const FIRST_RETRY_MS = 5000
const LONGEST_RETRY_MS = 6 * 3_600_000
const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000
/** How long a close waits for an answer. */
const CLOSE_PATIENCE_MS = 2000
/** By the schedule a week: 5 s, 20 s, 80 s and so on, and then every 6 hours. */
export const MOST_TRIES = 35
/** When an alert is due that was given up. */
export const GIVEN_UP = Number.MAX_SAFE_INTEGER

/**
 * How long after its nth failed try an alert is tried again.
 * @param random from 0 to 1: the wait is from four fifths to six fifths of the schedule's.
 */
export function retryAfterMs(tries: number, random: number): number {
  const waitMs = Math.min(FIRST_RETRY_MS * 4 ** (tries - 1), LONGEST_RETRY_MS)
  return Math.round(waitMs * (0.8 + 0.4 * random))
}

/** @example const courier = new Courier({ store, webhook, clock, logger, random: Math.random }); courier.start() */
export class Courier {
  readonly #options: CourierOptions
  #timer: NodeJS.Timeout | undefined
  #delivering: Promise<void> | undefined
  #woken = false
  #closed = false

  constructor(options: CourierOptions) {
    this.#options = options
  }

  /** Looks for what is due every few seconds. */
  start(): void {
    this.#timer = setInterval(() => this.wake(), LOOK_EVERY_MS).unref()
  }

  /** Looks now, or again as soon as the look under way has ended. */
  wake(): void {
    if (this.#closed) return
    this.#woken = true
    this.#delivering ??= this.#deliverWhileWoken().finally(() => {
      this.#delivering = undefined
    })
  }

  async #deliverWhileWoken(): Promise<void> {
    while (this.#woken && !this.#closed) {
      this.#woken = false
      await this.deliverDue().catch(() => {
        // The store is away, which the ledger tells. What was claimed is due again when its claim has lapsed.
      })
    }
  }

  /** Tries everything that is due, once. @throws StoreUnavailable */
  async deliverDue(): Promise<void> {
    const { store, clock } = this.#options
    while (!this.#closed) {
      const nowMs = Math.round(clock.wallMs())
      const claimed = await store.claim(nowMs, nowMs + CLAIM_LASTS_MS)
      if (claimed.length === 0) return
      await Promise.all(claimed.map((alert) => this.#deliver(alert)))
    }
  }

  async #deliver({ id, payload, tries }: StoredAlert): Promise<void> {
    const { store, webhook, clock, logger, random } = this.#options
    const name = webhookId(id)
    const delivery = await webhook.post(name, payload)
    const fields = { webhook_id: name, host: webhook.host, tries }
    if (delivery.delivered) {
      await store.delivered(id)
      logger.info('alert_delivered', fields)
      return
    }
    const { cause } = delivery
    if (tries >= MOST_TRIES) {
      await store.postpone(id, GIVEN_UP)
      logger.error('alert_given_up', { ...fields, cause })
      return
    }
    const waitMs = Math.max(retryAfterMs(tries, random()), Math.min(delivery.retryAfterMs, LONGEST_RETRY_AFTER_MS))
    await store.postpone(id, Math.round(clock.wallMs()) + waitMs)
    logger.warn('alert_not_delivered', { ...fields, cause, next_try_in_s: Math.round(waitMs / 1000) })
  }

  /** Waits a moment for the answers under way; then they are broken off, and tried again by whoever comes next. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const patience = setTimeout(resolve, CLOSE_PATIENCE_MS)
    await Promise.race([this.#delivering, late])
    clearTimeout(patience)
    await this.#options.webhook.close()
    await this.#delivering
  }
}
