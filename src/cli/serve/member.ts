// Owns one worker as its supervisor sees it: what it runs, when it spoke last, and what it has counted.
import type { Worker } from 'node:cluster'
import type { ConfigFile } from '../../open-aegis.ts'
import { lastingFamilies, type MetricFamily } from '../../telemetry/metric-family.ts'
import { Line } from './line.ts'
import {
  type AskSupervisor,
  type AskWorker,
  type FromWorker,
  SIBLING_PATIENCE_MS,
  type ToWorker,
} from './worker-messages.ts'

export class Member {
  readonly worker: Worker
  readonly line: Line<AskWorker, AskSupervisor>
  readonly startedMs: number
  listens = false
  /** The configuration that it runs. */
  file: ConfigFile | undefined
  /** Monotonic, of the last word from it. */
  heardMs: number
  /** Its counters, as it told them last. */
  lasting: readonly MetricFamily[] = []

  constructor(
    worker: Worker,
    file: ConfigFile | undefined,
    nowMs: number,
    answer: (call: AskSupervisor, from: Member) => unknown,
  ) {
    this.worker = worker
    this.file = file
    this.startedMs = nowMs
    this.heardMs = nowMs
    this.line = new Line<AskWorker, AskSupervisor>(
      (message) => this.tell(message),
      (call) => answer(call, this),
    )
  }

  tell(message: ToWorker): void {
    if (this.worker.isConnected()) this.worker.send(message)
  }

  heard(message: FromWorker, nowMs: number): void {
    this.heardMs = nowMs
    if (message.type === 'beat') this.lasting = message.lasting
    else if (message.type === 'call' || message.type === 'answer') this.line.received(message)
  }

  /** Its metrics; of one that does not answer in time what it has counted before. */
  async metrics(): Promise<readonly MetricFamily[]> {
    if (!this.listens) return this.lasting
    try {
      const families = (await this.line.call({ ask: 'metrics' }, SIBLING_PATIENCE_MS)) as readonly MetricFamily[]
      this.lasting = lastingFamilies(families)
      return families
    } catch {
      return this.lasting
    }
  }
}
