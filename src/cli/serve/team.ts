// Owns what workers do together: they change to another configuration or none does, and their metrics are one page.
import type { AegisConfig } from '../../config/aegis-config.ts'
import type { ListenOverrides } from '../../config/listen-address.ts'
import { AegisError } from '../../domain/errors.ts'
import type { ReloadReport } from '../../gateway/operation.ts'
import type { ConfigFile } from '../../open-aegis.ts'
import { combined, type MetricFamily } from '../../telemetry/metric-family.ts'
import { LineSilent } from './line.ts'
import type { Member } from './member.ts'
import { readChange, readNow } from './stage-config.ts'
import { STAGE_PATIENCE_MS } from './worker-messages.ts'

export class Team {
  readonly members = new Set<Member>()
  #config: AegisConfig
  #file: ConfigFile | undefined
  readonly #overrides: ListenOverrides
  /** What workers had counted that are gone. */
  #departed: readonly MetricFamily[] = []

  constructor(config: AegisConfig, file: ConfigFile | undefined, overrides: ListenOverrides) {
    this.#config = config
    this.#file = file
    this.#overrides = overrides
  }

  /** The configuration that the workers have. */
  get config(): AegisConfig {
    return this.#config
  }

  get file(): ConfigFile | undefined {
    return this.#file
  }

  /** It is dead: what it has counted stays, so that no sum ever falls. */
  lost(member: Member): void {
    this.members.delete(member)
    member.line.gone()
    const merged = combined(this.#departed, [member.lasting])
    const unknown = member.lasting.filter(({ name }) => !merged.some((known) => known.name === name))
    this.#departed = [...merged, ...unknown]
  }

  /** The metrics of all but one, which asks, and is about to show `lasting` of itself. */
  async metricsBeside(asking: Member, lasting: readonly MetricFamily[]): Promise<readonly (readonly MetricFamily[])[]> {
    asking.lasting = lasting
    const others = [...this.members].filter((one) => one !== asking)
    const pages = await Promise.all(others.map((one) => one.metrics()))
    return [...pages, this.#departed]
  }

  /** @throws AegisError `invalid_configuration`: nothing has changed in any worker. */
  async reload(): Promise<ReloadReport> {
    if (!this.#file) throw new AegisError('invalid_request', 'There is no configuration file to read again.')
    const file = await readNow(this.#file)
    const { config, report } = readChange(this.#config, file, this.#overrides)
    const asked = [...this.members].filter(({ listens }) => listens)
    const answers = await Promise.all(asked.map((one) => stage(one, file)))
    const refusal = answers.find((answer) => answer instanceof Error)
    if (refusal) {
      await Promise.all(asked.map((one) => one.line.call({ ask: 'discard' }, STAGE_PATIENCE_MS).catch(() => {})))
      throw refusal
    }
    // From here on nothing can refuse. Whoever starts from now on starts with it.
    this.#file = file
    this.#config = config
    await Promise.all(asked.map((one) => commit(one, file)))
    return { ...report, workers: this.members.size }
  }

  /** One that began with the configuration before and listens only now. */
  async catchUp(member: Member): Promise<void> {
    const file = this.#file
    if (!file || member.file === file) return
    if ((await stage(member, file)) instanceof Error) member.worker.process.kill('SIGKILL')
    else await commit(member, file)
  }
}

/** @returns why not; undefined when it is ready, or dead, in which case another one begins with what holds then. */
async function stage(member: Member, file: ConfigFile): Promise<Error | undefined> {
  try {
    await member.line.call({ ask: 'stage', file }, STAGE_PATIENCE_MS)
    return undefined
  } catch (error) {
    if (error instanceof AegisError) return error
    if (member.worker.isDead()) return undefined
    const why = error instanceof LineSilent ? error.message : 'it failed'
    const message = `Worker ${member.worker.process.pid} did not take the configuration (${why}), so nothing was changed.`
    return new AegisError('invalid_configuration', message)
  }
}

/** One that does not take over what it has accepted would go on with another configuration than the others: it is replaced. */
async function commit(member: Member, file: ConfigFile): Promise<void> {
  try {
    await member.line.call({ ask: 'commit' }, STAGE_PATIENCE_MS)
    member.file = file
  } catch {
    member.worker.process.kill('SIGKILL')
  }
}
