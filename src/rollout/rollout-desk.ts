// Owns the rollout as all processes share it: what is in the store, and how it is changed, one step at a time.
import type { Clock } from '../domain/clock.ts'
import type { RolloutPlan } from '../domain/rollout.ts'
import type { RolloutStore } from '../ledger/rollout-store.ts'
import { INITIAL_STATE, nextState, type RolloutAction, type RolloutState } from './rollout-state.ts'
import { type RolloutRecorder, type RolloutStep, stepOf } from './rollout-step.ts'
import { type RolloutView, rolloutView } from './rollout-view.ts'
import { type Counts, stageFigures } from './stage-counts.ts'

/** Of this many changes at once each one gets its turn. */
const MOST_TRIES = 20
const SHOWN_STEPS = 50

export interface RolloutDeskOptions {
  readonly plan: RolloutPlan
  readonly store: RolloutStore
  readonly clock: Pick<Clock, 'wallMs'>
  readonly recorder: RolloutRecorder
}

/** A state, and which revision it is. */
export interface KnownState {
  readonly revision: number
  readonly state: RolloutState
}

export class RolloutDesk {
  readonly plan: RolloutPlan
  readonly #options: RolloutDeskOptions

  constructor(options: RolloutDeskOptions) {
    this.#options = options
    this.plan = options.plan
  }

  /** @throws StoreUnavailable */
  async read(): Promise<KnownState> {
    const { revision, state } = await this.#options.store.read(this.plan.id)
    return { revision, state: state === undefined ? INITIAL_STATE : (JSON.parse(state) as RolloutState) }
  }

  async counts(epoch: number): Promise<Counts> {
    const counted = await this.#options.store.counts(this.plan.id, epoch)
    return new Map(counted.map(({ name, amount }) => [name, amount]))
  }

  /** What an operator wants. @throws RolloutRefusal when the state does not allow it; StoreUnavailable. */
  async change(action: RolloutAction): Promise<KnownState> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const changed = await this.tryChange(await this.read(), action, 'operator')
      if (changed) return changed
    }
    throw new Error('the rollout was changed by others each time')
  }

  /** Undefined when somebody has changed it meanwhile. @throws RolloutRefusal, StoreUnavailable */
  async tryChange(known: KnownState, action: RolloutAction, by: RolloutStep['by']): Promise<KnownState | undefined> {
    const { store, clock, recorder } = this.#options
    const atMs = Math.round(clock.wallMs())
    const state = nextState(known.state, action, this.plan.stages, atMs)
    const revision = known.revision + 1
    const step = stepOf(this.plan.id, action, known.state, state, { revision, atMs, by })
    const change = { revision: known.revision, state: JSON.stringify(state), step: JSON.stringify(step), atMs }
    if (!(await store.change(this.plan.id, change))) return undefined
    recorder.record(step)
    return { revision, state }
  }

  /** How it stands, for people and for programs. @throws StoreUnavailable */
  async view(): Promise<RolloutView> {
    const { store, clock } = this.#options
    const { state } = await this.read()
    const counts = await this.counts(state.epoch)
    const steps = await store.steps(this.plan.id, SHOWN_STEPS)
    return rolloutView({
      plan: this.plan,
      state,
      counts,
      figures: stageFigures(counts),
      steps: steps.map(({ step }) => JSON.parse(step) as RolloutStep),
      nowMs: clock.wallMs(),
    })
  }
}
