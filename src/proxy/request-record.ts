// Owns the history of one request: what was tried, what it cost, and the one Outcome at its end.
import type { Attempt } from '../domain/attempt.ts'
import { locationOf } from '../domain/model-location.ts'
import { addUsd, type NanoUsd, ZERO_USD } from '../domain/money.ts'
import type { AnsweredBy, AttemptRecord, Outcome, OutcomeStatus } from '../domain/outcome.ts'
import type { RolloutPart, ShadowDecision } from '../domain/rollout.ts'
import type { Task } from '../domain/task.ts'
import type { Usage, UsageQuality } from '../domain/usage.ts'
import type { RoutePlan } from '../policy/route.ts'
import type { AnswerFacts } from './answer.ts'
import { decisionFacts } from './decision-facts.ts'
import type { Planned } from './plan-task.ts'
import { privacyDecisionOf } from './privacy-decision-of.ts'
import type { ProxyDeps, RolloutLane } from './proxy-deps.ts'

const UNKNOWN_MODEL = 'other'

export class RequestRecord {
  readonly #task: Task
  #planned: Planned
  readonly #deps: ProxyDeps
  readonly #startedMs: number
  readonly #attempts: AttemptRecord[] = []
  #cost: NanoUsd = ZERO_USD
  #waitedMs = 0
  #firstByteMs: number | undefined
  #finished = false
  #shadow: ShadowDecision | undefined
  readonly #lane: RolloutLane | undefined
  #isDecided = false
  readonly #release: () => void

  /**
   * @param release gives back what was held for the request's duration, such as its deadline's timer.
   * @param lane undefined while nothing is rolled out.
   */
  constructor(task: Task, planned: Planned, deps: ProxyDeps, release: () => void, lane?: RolloutLane) {
    this.#release = release
    this.#lane = lane
    this.#task = task
    this.#planned = planned
    this.#deps = deps
    this.#remember()
    this.#startedMs = deps.clock.monotonicMs()
    deps.telemetry.started()
  }

  get attempts(): readonly AttemptRecord[] {
    return this.#attempts
  }

  /** The data was searched on the way: what is recorded from here on is the new plan's. */
  replanned(planned: Planned): void {
    this.#planned = planned
    this.#remember()
  }

  /** Whether ids in the answer stand for restricted data. */
  get isRemembered(): boolean {
    return this.#deps.taint !== undefined && this.plan.classification.restricted
  }

  /** A whole answer, or whole events of a stream. */
  mints(bytes: Buffer): void {
    if (this.isRemembered) this.#deps.taint?.answered(this.#task, this.plan.classification, bytes)
  }

  /** Who was asked is known: the decision is recorded, once. */
  decided(): void {
    const { audit, clock } = this.#deps
    if (this.#isDecided || !audit) return
    this.#isDecided = true
    audit.decided(privacyDecisionOf(this.#task, this.#planned, this.#attempts, clock.wallMs()))
  }

  /** Before anything is sent, so that whatever follows finds it. */
  #remember(): void {
    const { classification } = this.plan
    if (classification.restricted) this.#deps.taint?.restricted(this.#task, classification)
  }

  get plan(): RoutePlan {
    return this.#planned.plan
  }

  /** What the other policy would have done. One that comes after the end is not counted. */
  shadowed(shadow: ShadowDecision): void {
    this.#shadow = shadow
  }

  /** A name that no configuration has is the caller's own words; of a restricted request they may be content. */
  #withKnownModel<Named extends AnsweredBy>(named: Named): Named {
    const { providers } = this.#deps.policy
    const isKnown = providers.some(({ name, models }) => name === named.provider && models.includes(named.model))
    return isKnown ? named : { ...named, model: UNKNOWN_MODEL }
  }

  /** Somebody was configured to get messages and answers, and may have these. */
  get keepsContent(): boolean {
    return this.#deps.telemetry.wantsContent === true && !this.plan.classification.restricted
  }

  now(): number {
    return this.#deps.clock.monotonicMs()
  }

  /** Milliseconds until the request's deadline. */
  remainingMs(): number {
    return this.#startedMs + this.#task.timeoutMs - this.now()
  }

  /** One attempt is over; `sinceMs` is the monotonic time at which it began. */
  add(attempt: Attempt, result: AttemptRecord['result'], sinceMs: number, cost: NanoUsd): void {
    const durationMs = this.now() - sinceMs
    const { provider, model, reason } = attempt
    this.#waitedMs += durationMs
    this.#cost = addUsd(this.#cost, cost)
    this.#attempts.push({
      provider: provider.name,
      model,
      location: locationOf(provider, model),
      reason,
      result,
      durationMs,
      cost,
      beganAfterMs: sinceMs - this.#startedMs,
    })
  }

  /** A stream's attempt counts as answered at its commit point; its cost is known at its end. */
  addCost(cost: NanoUsd): void {
    this.#cost = addUsd(this.#cost, cost)
    const answered = this.#attempts.at(-1)
    if (answered) this.#attempts[this.#attempts.length - 1] = { ...answered, cost: addUsd(answered.cost, cost) }
  }

  firstByte(): void {
    this.#firstByteMs ??= this.now() - this.#startedMs
  }

  facts(attempt: Attempt): AnswerFacts {
    return {
      requestId: this.#task.id,
      provider: attempt.provider.name,
      model: attempt.model,
      location: locationOf(attempt.provider, attempt.model),
      reason: attempt.reason,
      classification: this.plan.classification,
      attempts: this.#attempts,
      simulated: attempt.provider.simulated,
      cohort: this.#lane?.cohort,
    }
  }

  /** Tells ledger and telemetry, once. */
  finish(end: {
    readonly status: OutcomeStatus
    readonly httpStatus: number
    readonly answeredBy?: Attempt
    readonly usage?: Usage | undefined
    readonly usageQuality?: UsageQuality | undefined
    /** The answer, where `keepsContent`. */
    readonly reply?: readonly Buffer[] | undefined
  }): void {
    if (this.#finished) return
    this.#finished = true
    this.#release()
    this.decided()
    const durationMs = this.now() - this.#startedMs
    const { answeredBy: by } = end
    const { restricted } = this.plan.classification
    const task = this.#task
    const attempts = restricted ? this.#attempts.map((one) => this.#withKnownModel(one)) : this.#attempts
    const outcome: Outcome = {
      requestId: task.id,
      receivedAtMs: task.receivedAtMs,
      endedAtMs: task.receivedAtMs + durationMs,
      status: end.status,
      httpStatus: end.httpStatus,
      classification: this.plan.classification,
      attempts,
      answeredBy: by && (restricted ? this.#withKnownModel(answeredBy(by)) : answeredBy(by)),
      usage: end.usage,
      usageQuality: end.usageQuality,
      cost: this.#cost,
      stream: task.body.stream,
      endpoint: task.endpoint,
      operation: task.body.kind === 'embedding' ? 'embeddings' : 'chat',
      firstByteMs: this.#firstByteMs,
      overheadMs: Math.max(0, (this.#firstByteMs ?? durationMs) - this.#waitedMs),
      keyId: task.keyId,
      // The caller's own words; of a restricted request they may be content.
      user: restricted && !task.userIsKnown ? undefined : task.user,
      tags: restricted ? undefined : task.hints.tags,
      decision: decisionFacts(task, this.plan, this.#deps.policy.providers),
      rollout: this.#rolloutPart(),
    }
    this.#deps.ledger.record(outcome)
    if (this.keepsContent) this.#deps.telemetry.record(outcome, { request: task.body, reply: end.reply ?? [] })
    else this.#deps.telemetry.record(outcome)
  }

  #rolloutPart(): RolloutPart | undefined {
    const lane = this.#lane
    if (!lane) return undefined
    const { cohort, epoch, nameless } = lane
    return { cohort, epoch, nameless, shadow: this.#shadow }
  }
}

function answeredBy({ provider, model, reason }: Attempt): AnsweredBy {
  return { provider: provider.name, model, location: locationOf(provider, model), reason }
}
