// Owns the list of what the proxy needs. Everything arrives from the composition root.
import type { Clock } from '../domain/clock.ts'
import type { DataClassification, EffectiveClassification } from '../domain/data-classification.ts'
import type { AnswerCache } from '../domain/kept-answer.ts'
import type { OnOverrun } from '../domain/overrun.ts'
import type { PrivacyDecision } from '../domain/privacy-decision.ts'
import type { RequestBody } from '../domain/request-body.ts'
import type { Cohort } from '../domain/rollout.ts'
import type { TaintLevel } from '../domain/taint.ts'
import type { Task } from '../domain/task.ts'
import type { Timers } from '../domain/timers.ts'
import type { TokenCounter } from '../domain/token-rules.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Balancer } from '../policy/balancer.ts'
import type { Breakers } from '../policy/breakers.ts'
import type { Exceptions } from '../policy/classify/exceptions.ts'
import type { Detection } from '../policy/classify/finding.ts'
import type { PriceBook } from '../policy/price-book.ts'
import type { RoutingPolicy } from '../policy/route.ts'
import type { Provider } from '../providers/provider.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { ProviderSlots } from './provider-slots.ts'

export interface DetectionDeps {
  readonly detector: DataDetector
  /** A request that declares its level is not searched. */
  readonly trustsDeclared: boolean
  /** Images, sound and documents may leave when the caller declared a level that may. */
  readonly acceptsDeclaredBinary: boolean
}

/** No method throws or rejects: what fails is undecidable. */
export interface DataDetector {
  /** The verdict itself when it is there at once, a promise of it otherwise. */
  detect(body: RequestBody): Detection | Promise<Detection>
  detectNow(body: RequestBody): Detection
  /** The verdict on names of models, which travel beside a body. */
  detectNames(names: readonly string[]): Detection
}

/** By which policy a request is decided while a rollout is under way. */
export interface RolloutLane {
  readonly cohort: Cohort
  readonly epoch: number
  /** The request has no subject, so it stays with the current policy. */
  readonly nameless: boolean
  readonly policy: RoutingPolicy
  /** The candidate that decides beside it, in shadow mode. */
  readonly shadow: RoutingPolicy | undefined
}

export interface TaskRollout {
  /** In memory, without a promise; undefined while nothing is rolled out. */
  laneOf(task: Task): RolloutLane | undefined
}

/** What is remembered of conversations that have been restricted. */
export interface TaintMemory {
  /** The level that a request cannot go below. A promise only when it is not in memory; it never rejects. */
  of(task: Task): TaintLevel | undefined | Promise<TaintLevel | undefined>
  /** The same, as far as it is in memory. */
  known(task: Task): TaintLevel | undefined
  /** A request is restricted, and so is what follows from it. */
  restricted(task: Task, classification: EffectiveClassification): void
  /** The answer to a restricted request: the ids in it stand for its data. */
  answered(task: Task, classification: EffectiveClassification, bytes: Buffer): void
}

/** Where decisions are recorded for good. Must not throw and must not block. */
export interface DecisionRecord {
  decided(decision: PrivacyDecision): void
}

export interface ProxyDeps {
  readonly policy: RoutingPolicy
  readonly defaultClassification: DataClassification
  /** The search for data that nobody declared; undefined when it is off, or nothing can leave anyway. */
  readonly detection: DetectionDeps | undefined
  /** Undefined where nothing is answered, as for explanations without a gateway. */
  readonly taint: TaintMemory | undefined
  /** What may leave although it was found, by signed permission of the operator. */
  readonly exceptions: Exceptions | undefined
  readonly audit: DecisionRecord | undefined
  readonly providers: ReadonlyMap<string, Provider>
  /** Answers that are given again; undefined when none are. */
  readonly cache: AnswerCache | undefined
  readonly priceBook: PriceBook
  readonly tokenCounter: TokenCounter
  readonly ledger: Ledger
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly breakers: Breakers
  readonly balancer: Balancer
  /** By the names of the providers whose requests are bounded. */
  readonly slots: ReadonlyMap<string, ProviderSlots>
  /** Upstream calls a request may make at the most. */
  readonly maxAttempts: number
  /** Times that the last candidate left is asked again. */
  readonly maxRetries: number
  readonly timers: Timers
  /** From 0 up to 1. */
  readonly random: () => number
  readonly minOutputTokens: number
  readonly onOverrun: OnOverrun
  /** Absent when no rollout is configured. */
  readonly rollout?: TaskRollout | undefined
}
