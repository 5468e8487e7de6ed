// Owns the decision on one task: what its data is, and who may be asked, in which order.
import type { Attempt } from '../domain/attempt.ts'
import type { Clock } from '../domain/clock.ts'
import { locationOf } from '../domain/model-location.ts'
import type { TaintLevel } from '../domain/taint.ts'
import type { Task } from '../domain/task.ts'
import { classify } from '../policy/classify/classify.ts'
import type { Detection } from '../policy/classify/finding.ts'
import { joinDetections } from '../policy/classify/join-detections.ts'
import { withDetection } from '../policy/classify/with-detection.ts'
import { assertBelowCeiling, assertModelAllowed } from '../policy/key-allows.ts'
import { type RoutePlan, route } from '../policy/route.ts'
import { isOfKind } from './answer-again.ts'
import type { ProxyDeps } from './proxy-deps.ts'

export interface PlanDeps
  extends Pick<ProxyDeps, 'policy' | 'defaultClassification' | 'detection' | 'taint' | 'exceptions'>,
    Partial<Pick<ProxyDeps, 'cache'>> {
  readonly clock: Pick<Clock, 'wallMs'>
}

export interface Planned {
  readonly plan: RoutePlan
  /** Undefined when nothing was searched: the request stays on this machine, or its declaration is trusted. */
  readonly detection: Detection | undefined
  /** Ids of the exceptions that were used. */
  readonly exceptions?: readonly string[]
  /**
   * Present when the first candidate is local and a later one is not: must be called, and the new plan followed, before
   * any that is not local is asked.
   */
  readonly search?: () => Planned | Promise<Planned>
}

/**
 * Data is searched only when it is about to leave, its key has a ceiling, or its answer might be kept: at once when the first
 * candidate is not local, later when the local ones have failed. A promise when the search is done in a worker thread.
 * @throws AegisError when the model that was asked for does not exist.
 */
export function planTask(task: Task, deps: PlanDeps, policy = deps.policy): Planned | Promise<Planned> {
  const taint = deps.taint?.of(task)
  return taint instanceof Promise
    ? taint.then((late) => planTainted(task, deps, policy, late))
    : planTainted(task, deps, policy, taint)
}

function planTainted(
  task: Task,
  deps: PlanDeps,
  policy: PlanDeps['policy'],
  taint: TaintLevel | undefined,
): Planned | Promise<Planned> {
  const { detection } = deps
  const { said, plan } = firstPlan(task, deps, policy, taint)
  const always = task.keyCeiling !== undefined || (deps.cache !== undefined && isOfKind(task, deps.cache))
  if (!detection || !(always || mayLeave(plan))) return { plan, detection: undefined }
  if (detection.trustsDeclared && said.source === 'declared') return { plan, detection: undefined }
  const search = () => {
    const found = detection.detector.detect(task.body)
    return found instanceof Promise
      ? found.then((late) => joined(task, plan, late, deps, policy))
      : joined(task, plan, found, deps, policy)
  }
  const [first] = plan.attempts
  return always || (first && leaves(first)) ? search() : { plan, detection: undefined, search }
}

/** The same decision at once, with everything searched, for explanations. */
export function planTaskNow(task: Task, deps: PlanDeps, policy = deps.policy): Planned {
  const { plan } = firstPlan(task, deps, policy, deps.taint?.known(task))
  return deps.detection
    ? joined(task, plan, deps.detection.detector.detectNow(task.body), deps, policy)
    : { plan, detection: undefined }
}

/** By what was said of the data, and what it belongs to. */
function firstPlan(task: Task, deps: PlanDeps, policy: PlanDeps['policy'], taint: TaintLevel | undefined) {
  assertModelAllowed(task, policy.providers)
  const said = classify(task, deps, taint)
  assertBelowCeiling(said, task.keyCeiling)
  return { said, plan: route(task, said, policy) }
}

function joined(task: Task, plan: RoutePlan, inBody: Detection, deps: PlanDeps, policy: PlanDeps['policy']): Planned {
  const detection = withNames(task, inBody, deps)
  const accepts = deps.detection?.acceptsDeclaredBinary ?? false
  const lifted = deps.exceptions?.lift(detection, task.keyId, deps.clock.wallMs())
  const classification = withDetection(plan.classification, lifted?.detection ?? detection, accepts)
  const searched = { detection, exceptions: lifted?.exceptions ?? [] }
  assertBelowCeiling(classification, task.keyCeiling)
  if (classification === plan.classification) return { plan, ...searched }
  return { plan: route(task, classification, policy), ...searched }
}

/**
 * A hint may name any model, and a provider is sent that name; a header's or the library's does not stand in the body.
 * Nor do the names of beta features.
 */
function withNames({ hints, body }: Task, inBody: Detection, { detection }: PlanDeps): Detection {
  const hinted = [hints.modelLocal, hints.modelCloud, hints.modelOpenai].filter((name) => name !== undefined)
  const names = body.native?.wire === 'anthropic' ? [...hinted, ...body.native.headers.betas] : hinted
  if (names.length === 0 || !detection) return inBody
  return joinDetections(inBody, detection.detector.detectNames(names))
}

function mayLeave({ attempts }: RoutePlan): boolean {
  return attempts.some(leaves)
}

/** Whether a candidate is not proven to be on this machine. */
export function leaves({ provider, model }: Attempt): boolean {
  return locationOf(provider, model) !== 'local'
}
