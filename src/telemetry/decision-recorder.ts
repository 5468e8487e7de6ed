// Owns the keeping of decisions: gathered in memory, written a batch at a time, and forgotten after some days.
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../domain/clock.ts'
import { batchText, decisionText } from '../domain/decision-text.ts'
import type { Logger } from '../domain/logger.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { DecisionFacts, RecordedDecision } from '../domain/recorded-decision.ts'
import { TextQueue } from '../domain/text-queue.ts'
import type { DecisionBatch, DecisionStore } from '../ledger/decision-store.ts'
import type { Telemetry } from './telemetry.ts'

export interface DecisionRecorderOptions {
  readonly store: Pick<DecisionStore, 'add' | 'forget'>
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

interface WaitingBatch extends DecisionBatch {
  readonly count: number
}

/**
 * What has not been written is lost with the process: decisions are for looking back, and the ledger keeps the money. Each is
 * made text at once, which costs the collector nothing while it waits; what a request leaves behind would cost it much.
 */
export class DecisionRecorder implements Telemetry {
  readonly #options: DecisionRecorderOptions
  /** Of the batch that is not full yet. */
  readonly #texts = new TextQueue()
  #firstMs = 0
  #lastMs = 0
  readonly #batches: WaitingBatch[] = []
  #waiting = 0
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
    const { decision } = outcome
    if (this.#closed || !decision) return
    const atMs = Math.round(outcome.receivedAtMs)
    if (this.#texts.length === 0) {
      this.#firstMs = atMs
      this.#lastMs = atMs
    }
    this.#firstMs = Math.min(this.#firstMs, atMs)
    this.#lastMs = Math.max(this.#lastMs, atMs)
    this.#texts.push(decisionText(recordedDecision(outcome, decision, this.#options.knowsModel)))
    this.#waiting += 1
    if (this.#waiting > MOST_WAITING) this.#dropOldest()
    if (this.#texts.length === MOST_IN_BATCH) {
      this.#endBatch()
      void this.#writeAll()
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.flush()
    }, WRITE_AFTER_MS).unref()
  }

  /** Writes all that waits. Never rejects: what cannot be written goes on waiting. */
  async flush(): Promise<void> {
    this.#endBatch()
    await this.#writing
    await this.#writeAll()
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.flush()
    this.#closed = true
  }

  #endBatch(): void {
    const count = this.#texts.length
    if (count === 0) return
    const decisions = batchText(this.#texts.text())
    this.#batches.push({ firstMs: this.#firstMs, lastMs: this.#lastMs, decisions, count })
    this.#texts.drop(count)
  }

  #dropOldest(): void {
    const oldest = this.#batches.shift()
    if (!oldest) return
    this.#waiting -= oldest.count
    this.#dropped += oldest.count
  }

  #writeAll(): Promise<void> {
    this.#writing ??= this.#write()
      .catch(() => {
        // The store is away, which the ledger tells. They wait, and the next one wakes the timer.
      })
      .finally(() => {
        this.#writing = undefined
      })
    return this.#writing
  }

  async #write(): Promise<void> {
    const { store, clock, logger, keepDays } = this.#options
    for (let batch = this.#batches[0]; batch; batch = this.#batches[0]) {
      const { firstMs, lastMs, decisions, count } = batch
      await store.add({ firstMs, lastMs, decisions })
      // It may have been dropped while it was written.
      if (this.#batches[0] === batch) {
        this.#batches.shift()
        this.#waiting -= count
      }
      await turn()
    }
    if (this.#dropped > 0) logger.warn('decisions_dropped', { decisions: this.#dropped })
    this.#dropped = 0
    const nowMs = Math.round(clock.wallMs())
    if (nowMs - this.#forgottenAtMs < FORGET_EVERY_MS) return
    await store.forget(nowMs - keepDays * DAY_MS)
    this.#forgottenAtMs = nowMs
  }
}

function recordedDecision(
  outcome: Outcome,
  decision: DecisionFacts,
  knowsModel: DecisionRecorderOptions['knowsModel'],
): RecordedDecision {
  const { answeredBy, classification, usage, cost, status, requestId, receivedAtMs, endedAtMs } = outcome
  const isOwnWord = classification.restricted && answeredBy && !knowsModel(answeredBy.model)
  const model = isOwnWord ? 'other' : (answeredBy?.model ?? '')
  const by = answeredBy && { provider: answeredBy.provider, model, reason: answeredBy.reason }
  const durationMs = Math.max(0, endedAtMs - receivedAtMs)
  return { ...decision, requestId, receivedAtMs, durationMs, classification, status, answeredBy: by, usage, cost }
}
