// Owns the swap of a running configuration: another one is made ready beside it and takes over as a whole, or nothing happens.
import { enforcedBudgets } from './access/user-budgets.ts'
import type { Aegis, PreparedConfig } from './compose.ts'
import { type ComposedConfig, closeConfig, composeConfig, type Lasting } from './compose-config.ts'
import type { AegisConfig } from './config/aegis-config.ts'
import { isRestricted } from './domain/data-classification.ts'
import type { MayLeave } from './telemetry/telemetry.ts'

export class RunningAegis implements Aegis {
  #current: ComposedConfig
  readonly #lasting: Lasting
  readonly #closeLasting: () => Promise<void>
  /** Replaced, with requests still running. */
  readonly #leaving = new Set<ComposedConfig>()

  constructor(first: ComposedConfig, lasting: Lasting, closeLasting: () => Promise<void>) {
    this.#current = first
    this.#lasting = lasting
    this.#closeLasting = closeLasting
    this.#show(first)
  }

  get config(): AegisConfig {
    return this.#current.config
  }

  get gateway() {
    return this.#current.gateway
  }

  /** All that the configuration names. */
  get models(): ReadonlySet<string> {
    return this.#current.models
  }

  get board() {
    return this.#current.board
  }

  get providers() {
    return this.#current.providers
  }

  get privacy() {
    return this.#lasting.privacy
  }

  async prepare(config: AegisConfig): Promise<PreparedConfig> {
    const next = await composeConfig(config, this.#lasting, this.#current)
    next.detection?.detector.prepare()
    return {
      commit: () => this.#commit(next),
      discard: () => closeConfig(next, [...this.#leaving, this.#current]),
    }
  }

  warmUp(): void {
    this.#current.detection?.detector.prepare()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#leaving].map((one) => this.#retire(one)))
    const { detection, ...others } = this.#current
    await closeConfig({ ...others, detection: undefined }, [])
    // Observers that are sent what was said have the last of it searched until they are closed.
    await this.#closeLasting()
    await detection?.detector.close()
  }

  #commit(next: ComposedConfig): () => Promise<void> {
    const before = this.#current
    const { ledger, directory } = this.#lasting
    ledger.setConfigured(next.config.budgets.all)
    ledger.setUserBudgets(enforcedBudgets(directory, next.config.budgets))
    this.#show(next)
    this.#current = next
    this.#leaving.add(before)
    return () => this.#retire(before)
  }

  #show({ config, view, detection }: ComposedConfig): void {
    const { prometheus, otel, langsmith } = this.#lasting
    prometheus.show(view)
    otel?.show(config.providers)
    const mayLeave: MayLeave = async (body, { source }) => {
      // The operator has chosen that nothing is searched: then somebody must have said what the data is.
      if (!detection) return source === 'declared' || source === 'key'
      const found = await detection.detector.detect(body)
      return !(found.undecidable || isRestricted(found.classification))
    }
    otel?.judgeBy(mayLeave)
    langsmith?.judgeBy(mayLeave)
  }

  /** What it shares with the configuration of now stays open; so does what others share that are leaving as well. */
  async #retire(leaving: ComposedConfig): Promise<void> {
    if (!this.#leaving.delete(leaving)) return
    await closeConfig(leaving, [...this.#leaving, this.#current])
  }
}
