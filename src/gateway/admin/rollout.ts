// Owns /admin/rollout: how the candidate policy stands, and what an operator wants of it.
import { AegisError } from '../../domain/errors.ts'
import { actionOfOrder } from '../../rollout/rollout-order.ts'
import { RolloutRefusal } from '../../rollout/rollout-state.ts'
import { bodyOf, type Exchange, sendJson } from '../exchange.ts'
import type { RolloutControl } from '../gateway-deps.ts'
import { parseJsonObject } from '../parse-json.ts'
import { queryOf } from './request-parts.ts'

export async function getRollout(exchange: Exchange): Promise<void> {
  queryOf(exchange, [])
  sendJson(exchange, 200, await controlOf(exchange).view())
}

/** Holds in this process at once, in the others when they look next. */
export async function changeRollout(exchange: Exchange): Promise<void> {
  const control = controlOf(exchange)
  const { view } = parseJsonObject(await bodyOf(exchange))
  try {
    sendJson(exchange, 200, await control.change(actionOfOrder(view)))
  } catch (error) {
    if (!(error instanceof RolloutRefusal)) throw error
    throw new AegisError('invalid_request', error.message, { param: 'action' })
  }
}

function controlOf({ deps }: Exchange): RolloutControl {
  if (deps.rollout) return deps.rollout
  throw new AegisError(
    'not_found',
    'No rollout is configured. The rollout section of the configuration names a candidate.',
  )
}
