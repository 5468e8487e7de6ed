// Owns the keeping of decisions: gathered in memory, written a batch at a time, and forgotten after some days.
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../domain/clock.ts'
import { decisionsText } from '../domain/decision-text.ts'
import type { Logger } from '../domain/logger.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { RecordedDecision } from '../domain/recorded-decision.ts'
import type { DecisionStore } from '../ledger/decision-store.ts'
import type { Telemetry } from './telemetry.ts'

export interface DecisionRecorderOptions {
  readonly store: Pick<DecisionStore, 'addDecisions' | 'forgetDecisions'>
  readonly clock: Pick<Clock, 'wallMs'>
  readonly logger: Logger
  /** At least 1. */
  readonly keepDays: number
  /** Whether the configuration names the model: any other name is the caller's own word. */
  readonly knowsModel: (model: string) => boolean
}

const WRITE_AFTER_MS = 1000
/** A batch takes a third of a millisecond; more would keep the event loop for longer. */
const MOST_IN_BATCH = 128
/** While the store is away: the newest that wait. */
const MOST_WAITING = 8192
const FORGET_EVERY_MS = 3_600_000
const DAY_MS = 86_400_000

/**
 * What has not been written is lost with the process: decisions are for looking back, and the ledger keeps the money.
 */
export class DecisionRecorder implements Telemetry {
  readonly #options: DecisionRecorderOptions
  #waiting: Outcome[] = []
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #forgottenAtMs = 0
  #closed = false

  constructor(options: DecisionRecorderOptions) {
    this.#options = options
  }

  started(): void {}

  record(outcome: Outcome): void {
    if (this.#closed || !outcome.decision) return
    this.#waiting.push(outcome)
    if (this.#waiting.length > MOST_WAITING) this.#dropped += this.#waiting.splice(0, MOST_IN_BATCH).length
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.flush()
    }, WRITE_AFTER_MS).unref()
  }

  /** Writes all that waits. Never rejects: what cannot be written goes on waiting. */
  flush(): Promise<void> {
    this.#writing ??= this.#write()
      .catch(() => {
        // The store is away, which the ledger tells. They wait, and the next one wakes the timer.
      })
      .finally(() => {
        this.#writing = undefined
      })
    return this.#writing
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#writing
    await this.flush()
    this.#closed = true
  }

  async #write(): Promise<void> {
    const { store, clock, logger, keepDays, knowsModel } = this.#options
    const recorded = (outcome: Outcome) => recordedDecision(outcome, knowsModel)
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MOST_IN_BATCH)
      const times = batch.map(({ receivedAtMs }) => Math.round(receivedAtMs))
      const [firstMs, lastMs] = [Math.min(...times), Math.max(...times)]
      await store.addDecisions({ firstMs, lastMs, decisions: decisionsText(batch.flatMap(recorded)) })
      const written = new Set(batch)
      this.#waiting = this.#waiting.filter((outcome) => !written.has(outcome))
      await turn()
    }
    if (this.#dropped > 0) logger.warn('decisions_dropped', { decisions: this.#dropped })
    this.#dropped = 0
    const nowMs = Math.round(clock.wallMs())
    if (nowMs - this.#forgottenAtMs < FORGET_EVERY_MS) return
    await store.forgetDecisions(nowMs - keepDays * DAY_MS)
    this.#forgottenAtMs = nowMs
  }
}

/** None where nothing was recorded of what it was decided by. */
function recordedDecision(outcome: Outcome, knowsModel: DecisionRecorderOptions['knowsModel']): RecordedDecision[] {
  const { decision, answeredBy, classification, usage, cost, status, requestId, receivedAtMs, endedAtMs } = outcome
  if (!decision) return []
  const isOwnWord = classification.restricted && answeredBy && !knowsModel(answeredBy.model)
  const model = isOwnWord ? 'other' : (answeredBy?.model ?? '')
  const by = answeredBy && { provider: answeredBy.provider, model, reason: answeredBy.reason }
  const durationMs = Math.max(0, endedAtMs - receivedAtMs)
  return [{ ...decision, requestId, receivedAtMs, durationMs, classification, status, answeredBy: by, usage, cost }]
}
