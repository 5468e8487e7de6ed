// Owns the shadow of a decision: what the candidate would have done with a request that the current policy decides. Nothing
// is sent by it.
import { locationOf } from '../domain/model-location.ts'
import type { ShadowDecision } from '../domain/rollout.ts'
import type { Task } from '../domain/task.ts'
import type { RoutePlan, RoutingPolicy } from '../policy/route.ts'
import { type PlanDeps, planTask } from './plan-task.ts'
import type { RequestRecord } from './request-record.ts'

/** Nobody waits for it: one that needs a long search is noted when that is done, or not at all. Never throws. */
export function decideBeside(
  task: Task,
  candidate: RoutingPolicy,
  deps: PlanDeps,
  record: Pick<RequestRecord, 'plan' | 'shadowed'>,
): void {
  try {
    const planned = planTask(task, deps, candidate)
    if (!(planned instanceof Promise)) record.shadowed(shadowOf(record.plan, planned.plan))
    else
      planned.then(
        ({ plan }) => record.shadowed(shadowOf(record.plan, plan)),
        () => {},
      )
  } catch {
    // A candidate that cannot decide must not keep the request from its answer.
  }
}

function shadowOf(plan: RoutePlan, other: RoutePlan): ShadowDecision {
  const [chosen] = plan.attempts
  const [beside] = other.attempts
  const agrees = chosen?.provider.name === beside?.provider.name && chosen?.model === beside?.model
  const restricted = plan.classification.restricted || other.classification.restricted
  const moves =
    chosen !== undefined &&
    beside !== undefined &&
    locationOf(chosen.provider, chosen.model) !== locationOf(beside.provider, beside.model)
  return {
    agrees,
    from: chosen?.provider.name ?? '',
    to: beside?.provider.name ?? '',
    toModel: beside?.model ?? '',
    reason: other.reason,
    restrictedMoves: restricted && moves,
  }
}
