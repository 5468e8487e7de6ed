// Owns what is told of each step of a rollout, and the port of whoever keeps a record of it.
import type { RolloutAction, RolloutCause, RolloutPhase, RolloutState } from './rollout-state.ts'

/** One change of a rollout. Figures and names only. */
export interface RolloutStep {
  readonly rollout: string
  /** Counts the changes of a rollout from 1. */
  readonly revision: number
  readonly at: string
  /** Whether somebody wanted it, or the gates found it due. */
  readonly by: 'operator' | 'gates'
  readonly action: 'start' | 'start_shadow' | 'advance' | 'pause' | 'resume' | 'rollback' | 'complete'
  readonly fromPercent: number
  readonly toPercent: number
  readonly phase: RolloutPhase
  readonly cause?: RolloutCause | undefined
}

/** Whoever keeps a record of steps. Must not throw; each step is told once, by the process that made it. */
export interface RolloutRecorder {
  record(step: RolloutStep): void
}

/** A step, from the states before and after it. */
export function stepOf(
  rollout: string,
  action: RolloutAction,
  before: RolloutState,
  after: RolloutState,
  made: { readonly revision: number; readonly atMs: number; readonly by: RolloutStep['by'] },
): RolloutStep {
  return {
    rollout,
    revision: made.revision,
    at: new Date(made.atMs).toISOString(),
    by: made.by,
    action: nameOf(action, after),
    fromPercent: before.percent,
    toPercent: after.percent,
    phase: after.phase,
    ...(after.cause ? { cause: after.cause } : {}),
  }
}

function nameOf(action: RolloutAction, after: RolloutState): RolloutStep['action'] {
  if (action.kind === 'start') return action.shadow ? 'start_shadow' : 'start'
  return action.kind === 'advance' && after.phase === 'completed' ? 'complete' : action.kind
}
