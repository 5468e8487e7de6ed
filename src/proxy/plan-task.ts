// Owns the decision on one task: what its data is, and who may be asked, in which order.
import type { Attempt } from '../domain/attempt.ts'
import { locationOf } from '../domain/model-location.ts'
import type { Task } from '../domain/task.ts'
import { classify } from '../policy/classify/classify.ts'
import type { Detection } from '../policy/classify/finding.ts'
import { joinDetections } from '../policy/classify/join-detections.ts'
import { withDetection } from '../policy/classify/with-detection.ts'
import { assertBelowCeiling, assertModelAllowed } from '../policy/key-allows.ts'
import { type RoutePlan, route } from '../policy/route.ts'
import { isOfKind } from './answer-again.ts'
import type { ProxyDeps } from './proxy-deps.ts'

export type PlanDeps = Pick<ProxyDeps, 'policy' | 'defaultClassification' | 'detection'> &
  Partial<Pick<ProxyDeps, 'cache'>>

export interface Planned {
  readonly plan: RoutePlan
  /** Undefined when nothing was searched: the request stays on this machine, or its declaration is trusted. */
  readonly detection: Detection | undefined
  /**
   * Present when the first candidate is local and a later one is not: must be called, and the new plan followed, before
   * any that is not local is asked.
   */
  readonly search?: () => Planned | Promise<Planned>
}

/**
 * Data is searched only when it is about to leave, its key has a ceiling, or its answer might be kept: at once when the first candidate is not local, later when the local
 * ones have failed. A promise when the search is done in a worker thread.
 * @throws AegisError when the model that was asked for does not exist.
 */
export function planTask(task: Task, deps: PlanDeps): Planned | Promise<Planned> {
  const { detection } = deps
  const { said, plan } = firstPlan(task, deps)
  const always = task.keyCeiling !== undefined || (deps.cache !== undefined && isOfKind(task, deps.cache))
  if (!detection || !(always || mayLeave(plan))) return { plan, detection: undefined }
  if (detection.trustsDeclared && said.source === 'declared') return { plan, detection: undefined }
  const search = () => {
    const found = detection.detector.detect(task.body)
    return found instanceof Promise
      ? found.then((late) => joined(task, plan, late, deps))
      : joined(task, plan, found, deps)
  }
  const [first] = plan.attempts
  return always || (first && leaves(first)) ? search() : { plan, detection: undefined, search }
}

/** The same decision at once, with everything searched, for explanations. */
export function planTaskNow(task: Task, deps: PlanDeps): Planned {
  const { plan } = firstPlan(task, deps)
  return deps.detection
    ? joined(task, plan, deps.detection.detector.detectNow(task.body), deps)
    : { plan, detection: undefined }
}

/** By what was said of the data alone. */
function firstPlan(task: Task, deps: PlanDeps) {
  const { policy } = deps
  assertModelAllowed(task, policy.providers)
  const said = classify(task, deps)
  assertBelowCeiling(said, task.keyCeiling)
  return { said, plan: route(task, said, policy) }
}

function joined(task: Task, plan: RoutePlan, inBody: Detection, deps: PlanDeps): Planned {
  const detection = withNames(task, inBody, deps)
  const accepts = deps.detection?.acceptsDeclaredBinary ?? false
  const classification = withDetection(plan.classification, detection, accepts)
  assertBelowCeiling(classification, task.keyCeiling)
  if (classification === plan.classification) return { plan, detection }
  return { plan: route(task, classification, deps.policy), detection }
}

/** A hint may name any model, and a provider is sent that name; a header's or the library's does not stand in the body. */
function withNames({ hints }: Task, inBody: Detection, { detection }: PlanDeps): Detection {
  const names = [hints.modelLocal, hints.modelCloud, hints.modelOpenai].filter((name) => name !== undefined)
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
