// Owns the states of a rollout and what leads from one to the next. Pure: who asks brings the time.
import type { RolloutPlan, RolloutStage } from '../domain/rollout.ts'

/**
 * `idle`: the candidate does nothing. `shadow`: it decides beside the current policy and nothing is sent by it. `running`:
 * it grows by itself. `paused`: it keeps its share. `rolled_back`: it went down and waits for somebody. `completed`: all
 * traffic is its.
 */
export const rolloutPhases = ['idle', 'shadow', 'running', 'paused', 'rolled_back', 'completed'] as const
export type RolloutPhase = (typeof rolloutPhases)[number]

/** Why a gate sent the candidate back. */
export interface RolloutCause {
  readonly gate: string
  readonly value: number
  readonly limit: number
}

export interface RolloutState {
  readonly phase: RolloutPhase
  /** The candidate's share of the subjects. */
  readonly percent: number
  /** Goes up whenever the share or the mode changes; what is counted belongs to one of them. */
  readonly epoch: number
  /** Since when this share holds, milliseconds since 1970; a pause does not count. */
  readonly sinceMs: number
  readonly pausedAtMs?: number | undefined
  /** Set while it is rolled back by a gate. */
  readonly cause?: RolloutCause | undefined
}

/** What somebody, or a gate, wants of it. */
export type RolloutAction =
  | { readonly kind: 'start'; readonly shadow: boolean }
  | { readonly kind: 'advance' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Down to a stage, or to nothing. */
  | { readonly kind: 'rollback'; readonly toPercent: number; readonly cause?: RolloutCause | undefined }

/** An action that the state does not allow; the message says what would be. */
export class RolloutRefusal extends Error {
  override readonly name = 'RolloutRefusal'
}

export const INITIAL_STATE: RolloutState = { phase: 'idle', percent: 0, epoch: 0, sinceMs: 0 }

type Stages = RolloutPlan['stages']

/** The stage in force: the last one that the share has reached. */
export function stageOf(stages: Stages, percent: number): RolloutStage | undefined {
  return stages.findLast((stage) => stage.percent <= percent)
}

export function nextStage(stages: Stages, percent: number): RolloutStage | undefined {
  return stages.find((stage) => stage.percent > percent)
}

/** The share of the stage before, 0 before the first. */
export function lastGoodPercent(stages: Stages, percent: number): number {
  return stages.findLast((stage) => stage.percent < percent)?.percent ?? 0
}

/** @throws RolloutRefusal */
export function nextState(state: RolloutState, action: RolloutAction, stages: Stages, nowMs: number): RolloutState {
  const at = (phase: RolloutPhase, percent: number): RolloutState => ({
    phase,
    percent,
    epoch: state.epoch + 1,
    sinceMs: nowMs,
  })
  switch (action.kind) {
    case 'start':
      return started(state, action.shadow, stages, at)
    case 'advance': {
      if (state.percent === 0) throw new RolloutRefusal('Nothing has been started: start it.')
      if (state.phase === 'completed') throw new RolloutRefusal('The candidate has all traffic already.')
      const next = nextStage(stages, state.percent)
      // All traffic is the candidate's as before, so what was counted goes on.
      return next ? at('running', next.percent) : { ...unmarked(state), phase: 'completed' }
    }
    case 'pause':
      if (state.phase !== 'running') throw new RolloutRefusal(`Only a running rollout is paused; it is ${state.phase}.`)
      return { ...state, phase: 'paused', pausedAtMs: nowMs }
    case 'resume':
      if (state.phase === 'paused') {
        const pausedMs = Math.max(0, nowMs - (state.pausedAtMs ?? nowMs))
        return { ...unmarked(state), phase: 'running', sinceMs: state.sinceMs + pausedMs }
      }
      if (state.phase === 'rolled_back' && state.percent > 0) return at('running', state.percent)
      throw new RolloutRefusal(`It is ${state.phase}: only what is paused or rolled back to a stage is resumed.`)
    case 'rollback':
      return rolledBack(state, action, stages, at)
  }
}

type At = (phase: RolloutPhase, percent: number) => RolloutState

function started({ phase, percent }: RolloutState, shadow: boolean, stages: Stages, at: At): RolloutState {
  if (percent > 0)
    throw new RolloutRefusal(`It was started already and has ${percent} %: advance, resume or roll it back.`)
  if (!shadow) return at('running', stages[0]?.percent ?? 100)
  if (phase === 'shadow') throw new RolloutRefusal('It runs as a shadow already.')
  return at('shadow', 0)
}

function rolledBack(
  { phase, percent }: RolloutState,
  { toPercent, cause }: Extract<RolloutAction, { kind: 'rollback' }>,
  stages: Stages,
  at: At,
): RolloutState {
  if (phase === 'idle') throw new RolloutRefusal('Nothing has been started.')
  if (toPercent !== 0 && !stages.some((stage) => stage.percent === toPercent && toPercent < percent)) {
    const lower = stages.map((stage) => stage.percent).filter((one) => one < percent)
    throw new RolloutRefusal(`It can go back to ${[0, ...lower].join(', ')} %.`)
  }
  if (phase === 'rolled_back' && percent === 0) throw new RolloutRefusal('It is rolled back already.')
  return { ...at('rolled_back', toPercent), ...(cause ? { cause } : {}) }
}

function unmarked({ phase, percent, epoch, sinceMs }: RolloutState): RolloutState {
  return { phase, percent, epoch, sinceMs }
}
