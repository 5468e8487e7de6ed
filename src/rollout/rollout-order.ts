// Owns how an action on a rollout is written, over HTTP: what each one takes, and what is wrong with any other.
import { type RolloutAction, RolloutRefusal } from './rollout-state.ts'

export const rolloutActions = ['start', 'advance', 'pause', 'resume', 'rollback'] as const

/** An action as it is written. */
export interface RolloutOrder {
  readonly action: (typeof rolloutActions)[number]
  /** Of `start`: decide beside the current policy and send nothing. */
  readonly shadow?: boolean
  /** Of `rollback`: the share to go back to; nothing unless told. */
  readonly to_percent?: number
}

/** @throws RolloutRefusal naming the member at fault. */
export function actionOfOrder(order: Readonly<Record<string, unknown>>): RolloutAction {
  const { action, shadow = false, to_percent: toPercent = 0, ...others } = order
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new RolloutRefusal('There are action, shadow and to_percent, and nothing else.')
  const known = rolloutActions.find((one) => one === action)
  if (known === undefined) throw new RolloutRefusal(`action must be one of ${rolloutActions.join(', ')}.`)
  if (typeof shadow !== 'boolean' || (shadow && known !== 'start'))
    throw new RolloutRefusal('shadow must be true or false, and belongs to start.')
  const isPercent = typeof toPercent === 'number' && Number.isInteger(toPercent) && toPercent >= 0 && toPercent <= 100
  if (!isPercent || (toPercent > 0 && known !== 'rollback'))
    throw new RolloutRefusal('to_percent must be a whole number from 0 to 100, and belongs to rollback.')
  switch (known) {
    case 'start':
      return { kind: 'start', shadow }
    case 'rollback':
      return { kind: 'rollback', toPercent }
    default:
      return { kind: known }
  }
}
