// Owns the rollout in one process: which lane each request takes, and the regular look at what all processes share.
import type { Clock } from '../domain/clock.ts'
import type { Logger } from '../domain/logger.ts'
import type { Cohort, RolloutPlan } from '../domain/rollout.ts'
import type { Task } from '../domain/task.ts'
import type { RolloutStore } from '../ledger/rollout-store.ts'
import { cohortOf, subjectOf } from './assign-cohort.ts'
import { verdictOn } from './evaluate-gates.ts'
import type { RolloutCounters } from './rollout-counters.ts'
import type { KnownState, RolloutDesk } from './rollout-desk.ts'
import { INITIAL_STATE, type RolloutAction } from './rollout-state.ts'
import type { RolloutView } from './rollout-view.ts'
import { stageFigures } from './stage-counts.ts'

/** A policy that decides, and the one beside it in shadow mode. Made once for each change, not for each request. */
export interface Lane<Policy> {
  readonly cohort: Cohort
  readonly epoch: number
  /** Of requests without a subject. */
  readonly nameless: boolean
  readonly policy: Policy
  readonly shadow: Policy | undefined
}

type Lanes<Policy> = Readonly<Record<Cohort | 'nameless', Lane<Policy> | undefined>>

export interface RolloutControllerOptions<Policy> {
  readonly desk: RolloutDesk
  readonly store: Pick<RolloutStore, 'lead' | 'addCounts'>
  readonly counters: RolloutCounters
  readonly policies: Readonly<Record<Cohort, Policy>>
  readonly clock: Pick<Clock, 'wallMs'>
  readonly logger: Logger
  /** Unique for ever: this process among those that may lead. */
  readonly owner: string
  /** Told of each state that this process has come to know; the same may be told again. Must not throw. */
  readonly onState: (known: KnownState, plan: RolloutPlan) => void
}

/** Times of a look for which a leader that is silent is waited for. */
const LEADS_FOR_LOOKS = 3

/** @example const rollout = new RolloutController(options); await rollout.open(); proxy.rollout = rollout */
export class RolloutController<Policy> {
  readonly #options: RolloutControllerOptions<Policy>
  #known: KnownState = { revision: 0, state: INITIAL_STATE }
  #lanes: Lanes<Policy> = { current: undefined, candidate: undefined, nameless: undefined }
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  /** Looks and changes of this process, one after the other: an older state must not come after a newer one. */
  #turns: Promise<unknown> = Promise.resolve()
  #isAway = false
  #leads = false

  constructor(options: RolloutControllerOptions<Policy>) {
    this.#options = options
  }

  /** Takes up where the rollout stands, before the first request, and looks again every few seconds. @throws StoreUnavailable */
  async open(): Promise<void> {
    this.#take(await this.#options.desk.read())
    this.#timer = setInterval(() => void this.look(), this.#options.desk.plan.checkEveryMs).unref()
  }

  laneOf(task: Task): Lane<Policy> | undefined {
    const lanes = this.#lanes
    if (!lanes.candidate) return lanes.current
    const { id, by } = this.#options.desk.plan
    const subject = subjectOf(task, by)
    const cohort = cohortOf(id, subject, this.#known.state.percent)
    return subject === undefined && cohort === 'current' ? lanes.nameless : lanes[cohort]
  }

  /** As this process knows it. */
  get known(): KnownState {
    return this.#known
  }

  /** Whether this process was the one that looked at the gates last. */
  get leads(): boolean {
    return this.#leads
  }

  /** One look at what is shared. Never rejects: while the store is away, everything stays as it is. */
  look(): Promise<void> {
    this.#looking ??= this.#inTurn(() => this.#look())
      .then(
        () => this.#answers(),
        (error: unknown) => this.#fails(error),
      )
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  /** What an operator wants; holds here at once, and in the other processes at their next look. */
  async change(action: RolloutAction): Promise<RolloutView> {
    await this.#inTurn(async () => this.#take(await this.#options.desk.change(action)))
    return this.view()
  }

  /** With what this process has counted until now. */
  async view(): Promise<RolloutView> {
    await this.#flush()
    return this.#options.desk.view()
  }

  /** Adds what was counted. The store stays open. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#turns
    await this.#flush().catch(() => {
      // The store is away: these counts are lost, which the ledger tells of its own.
    })
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turns.then(work)
    this.#turns = done.catch(() => {})
    return done
  }

  async #look(): Promise<void> {
    const { desk, store, clock, owner } = this.#options
    await this.#flush()
    this.#take(await desk.read())
    const nowMs = Math.round(clock.wallMs())
    if (!verdictMayCome(this.#known)) {
      this.#leads = false
      return
    }
    this.#leads = await store.lead(desk.plan.id, owner, nowMs, nowMs + LEADS_FOR_LOOKS * desk.plan.checkEveryMs)
    if (!this.#leads) return
    const figures = stageFigures(await desk.counts(this.#known.state.epoch))
    const due = verdictOn(this.#known.state, figures, desk.plan, nowMs)
    const changed = due && (await desk.tryChange(this.#known, due, 'gates'))
    if (changed) this.#take(changed)
  }

  async #flush(): Promise<void> {
    const { counters, store, desk } = this.#options
    const counts = counters.take()
    if (counts.length === 0) return
    try {
      await store.addCounts(desk.plan.id, counts)
    } catch (error) {
      counters.putBack(counts)
      throw error
    }
  }

  #take(known: KnownState): void {
    if (isSame(known, this.#known)) return
    this.#known = known
    const { policies, onState, desk } = this.#options
    const { phase, percent, epoch } = known.state
    const lane = (cohort: Cohort, more: Partial<Lane<Policy>> = {}): Lane<Policy> => ({
      ...{ cohort, epoch, nameless: false, policy: policies[cohort], shadow: undefined },
      ...more,
    })
    const shadow = phase === 'shadow' ? lane('current', { shadow: policies.candidate }) : undefined
    this.#lanes = {
      current: percent > 0 ? lane('current') : shadow,
      candidate: percent > 0 ? lane('candidate') : undefined,
      nameless: percent > 0 ? lane('current', { nameless: true }) : undefined,
    }
    onState(known, desk.plan)
  }

  #answers(): void {
    if (!this.#isAway) return
    this.#isAway = false
    this.#options.logger.info('rollout_store_answers')
  }

  #fails(error: unknown): void {
    this.#leads = false
    if (this.#isAway) return
    this.#isAway = true
    const { revision, state } = this.#known
    const kind = error instanceof Error ? error.name : 'unknown'
    this.#options.logger.warn('rollout_store_away', { revision, percent: state.percent, error: kind })
  }
}

/** A store that was made anew counts its revisions anew. */
function isSame(one: KnownState, other: KnownState): boolean {
  const { phase, percent, epoch, sinceMs } = one.state
  const { state } = other
  if (one.revision !== other.revision || phase !== state.phase || percent !== state.percent) return false
  return epoch === state.epoch && sinceMs === state.sinceMs
}

/** Nobody needs to lead what no gate can change. */
function verdictMayCome({ state: { phase, percent } }: KnownState): boolean {
  return percent > 0 && phase !== 'completed'
}
