// Owns the making of rollouts in tests: a plan, a process that takes part in it, and the traffic that it serves.
import assert from 'node:assert/strict'
import type { Alert } from '../../src/alerts/alert.ts'
import { fromUsd, type NanoUsd } from '../../src/domain/money.ts'
import type { Outcome, OutcomeStatus } from '../../src/domain/outcome.ts'
import type { RolloutPlan } from '../../src/domain/rollout.ts'
import type { RolloutStore } from '../../src/ledger/rollout-store.ts'
import { rolloutAlert } from '../../src/rollout/rollout-alert.ts'
import { RolloutController } from '../../src/rollout/rollout-controller.ts'
import { RolloutCounters } from '../../src/rollout/rollout-counters.ts'
import { RolloutDesk } from '../../src/rollout/rollout-desk.ts'
import type { RolloutStep } from '../../src/rollout/rollout-step.ts'
import { classifiedAs, task } from './task.ts'

export const HOUR_MS = 3_600_000

/** Long enough that no process looks by itself while a test runs. */
export const CHECK_EVERY_MS = 1_000_000

/** The stages and gates of the defaults; each stage lasts an hour and a hundred requests. */
export function rolloutPlan(more: Partial<RolloutPlan> = {}): RolloutPlan {
  return {
    id: 'candidate-one',
    by: 'user',
    candidate: { source: 'candidate.yml', rules: [], fallback: [], models: {} },
    stages: [10, 30, 50, 75, 100].map((percent) => ({ percent, minTimeMs: HOUR_MS, minRequests: 100 })),
    gates: { errorRatePercent: 5, p95Ms: 1000, monthlyCost: fromUsd(300), privacyViolations: 0 },
    checkEveryMs: CHECK_EVERY_MS,
    ...more,
  }
}

/** How requests fare. */
export interface Fate {
  readonly status?: OutcomeStatus
  readonly httpStatus?: number
  readonly waitMs?: number
  readonly costUsd?: number
}

/** One of the processes of a gateway, as far as a rollout is concerned. It looks when it is told to. */
export class RolloutProcess {
  readonly controller: RolloutController<'current policy' | 'candidate policy'>
  readonly counters: RolloutCounters
  readonly steps: RolloutStep[] = []
  readonly alerts: Alert[] = []
  readonly log: string[] = []
  #served = 0

  constructor(store: RolloutStore, clock: { wallMs(): number }, plan = rolloutPlan(), owner = 'process') {
    const recorder = { record: (step: RolloutStep) => void this.steps.push(step) }
    const desk = new RolloutDesk({ plan, store, clock, recorder })
    this.counters = new RolloutCounters(
      () => undefined,
      () => this.controller.known.state.epoch,
    )
    const write = (event: string) => void this.log.push(event)
    this.controller = new RolloutController({
      ...{ desk, store, counters: this.counters, clock, owner },
      policies: { current: 'current policy', candidate: 'candidate policy' },
      logger: { info: write, warn: write, error: write },
      onState: (known) => {
        const alert = rolloutAlert(known, plan)
        if (alert && !this.alerts.some(({ id }) => id === alert.id)) this.alerts.push(alert)
      },
    })
  }

  get percent(): number {
    return this.controller.known.state.percent
  }

  get brief(): string {
    const { phase, percent } = this.controller.known.state
    return `${phase} ${percent}`
  }

  /** Requests of so many users, once each. Those of the candidate fare as told, the others well. */
  serve(users: number, fate: Fate = {}): { readonly candidate: number; readonly current: number } {
    const by = { candidate: 0, current: 0 }
    for (let index = 0; index < users; index += 1) {
      this.#served += 1
      const lane = this.controller.laneOf(task({ user: `user-${this.#served}` }))
      if (!lane) continue
      assert.equal(lane.policy, `${lane.cohort} policy`)
      by[lane.cohort] += 1
      const { cohort, epoch, nameless } = lane
      this.counters.record({ ...outcome(cohort === 'candidate' ? fate : {}), rollout: { cohort, epoch, nameless } })
    }
    return by
  }

  /** So many requests of the candidate, at the epoch that is in force. */
  serveCandidate(requests: number, fate: Fate = {}): void {
    const lane = this.controller.laneOf(task({ user: this.#someoneInTheCandidate() }))
    assert.equal(lane?.cohort, 'candidate')
    for (let index = 0; index < requests; index += 1) {
      this.counters.record({ ...outcome(fate), rollout: { ...lane, shadow: undefined } })
    }
  }

  #someoneInTheCandidate(): string {
    for (let index = 0; index < 10_000; index += 1) {
      if (this.controller.laneOf(task({ user: `${index}` }))?.cohort === 'candidate') return `${index}`
    }
    return assert.fail('nobody is in the candidate')
  }
}

export function outcome({ status = 'ok', httpStatus = 200, waitMs = 100, costUsd = 0 }: Fate = {}): Outcome {
  const cost: NanoUsd = fromUsd(costUsd)
  return {
    requestId: 'req_0',
    receivedAtMs: 0,
    endedAtMs: waitMs,
    status,
    httpStatus,
    classification: classifiedAs('public'),
    attempts: [],
    cost,
    stream: false,
    firstByteMs: status === 'ok' ? waitMs : undefined,
  }
}
