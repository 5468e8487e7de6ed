// Owns which states of a rollout somebody must be told of, and what they are told: figures and names, never content.
import type { Alert } from '../alerts/alert.ts'
import type { RolloutPlan } from '../domain/rollout.ts'
import type { KnownState } from './rollout-desk.ts'

/** The same id in all processes, so that it is told once, also by one that finds the state at its start. */
export function rolloutAlert({ revision, state }: KnownState, plan: RolloutPlan): Alert | undefined {
  const { phase, percent, cause } = state
  const data = { rollout: plan.id, candidate: plan.candidate.source, percent }
  const id = `rollout:${plan.id}:${revision}`
  if (phase === 'completed') return { id, type: 'rollout.completed', data }
  // What an operator has rolled back is no news to anybody.
  if (phase !== 'rolled_back' || !cause) return undefined
  return { id, type: 'rollout.rolled_back', data: { ...data, ...cause } }
}
