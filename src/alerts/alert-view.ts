// Owns how an alert is shown after it was raised.
import type { KeptAlert } from '../ledger/alert-store.ts'
import { webhookId } from './alert.ts'
import { GIVEN_UP } from './courier.ts'

export interface AlertView {
  /** As its webhook is told. */
  readonly webhook_id: string
  readonly type: string
  readonly raised_at: string
  readonly data: unknown
  /** `done` is delivered, or raised while there was no webhook. */
  readonly state: 'waiting' | 'done' | 'given_up'
  readonly tries: number
  readonly next_try_at: string | null
}

export function alertView({ id, payload, tries, raisedAtMs, dueAtMs }: KeptAlert): AlertView {
  const { type, data } = JSON.parse(payload) as { readonly type: string; readonly data: unknown }
  const waits = dueAtMs !== undefined && dueAtMs < GIVEN_UP
  return {
    webhook_id: webhookId(id),
    type,
    raised_at: new Date(raisedAtMs).toISOString(),
    data,
    state: waits ? 'waiting' : dueAtMs === undefined ? 'done' : 'given_up',
    tries,
    next_try_at: waits ? new Date(dueAtMs).toISOString() : null,
  }
}
