// Owns the JSON Schemas of /admin/rollout.
import { rolloutActions } from '../../rollout/rollout-order.ts'
import { rolloutPhases } from '../../rollout/rollout-state.ts'
import { count, number, object, orNull, text, time, wholeNumber } from '../open-api/schema.ts'

const percent = wholeNumber(0, 100)

const cause = orNull(object({ gate: text, value: number, limit: number }))

export const rolloutSchemas = {
  RolloutOrder: {
    ...object(
      {
        action: { type: 'string', enum: rolloutActions },
        shadow: { type: 'boolean', description: 'Of start: decide beside the current policy and send nothing by it.' },
        to_percent: { ...percent, description: 'Of rollback: the stage to go back to; 0 unless told.' },
      },
      ['action'],
    ),
    additionalProperties: false,
  },
  RolloutCohort: object({
    ...{ requests: count, errors: count, error_rate_percent: number },
    p95_ms: { ...count, description: 'The wait for the beginning of an answer, of the 95th of a hundred.' },
    cost_usd: number,
  }),
  Rollout: object({
    id: { ...text, description: 'A fingerprint of the candidate.' },
    candidate: { ...text, description: 'Where it was written.' },
    by: text,
    phase: { type: 'string', enum: rolloutPhases },
    percent,
    since: orNull(time),
    stage: orNull(
      object({ elapsed_ms: count, min_time_ms: count, min_requests: count, next_percent: orNull(percent) }),
    ),
    stages: { type: 'array', items: percent },
    cohorts: object({
      current: { $ref: '#/components/schemas/RolloutCohort' },
      candidate: { $ref: '#/components/schemas/RolloutCohort' },
    }),
    nameless: { ...count, description: 'Requests that name nobody, and so stay with the current policy.' },
    violations: count,
    gates: { type: 'array', items: object({ gate: text, value: number, limit: number, passes: { type: 'boolean' } }) },
    cause,
    shadow: orNull(
      object({
        ...{ compared: count, agree: count },
        differ: { type: 'array', items: object({ reason: text, from: text, to: text, requests: count }) },
        ...{ priced: count, cost_current_usd: number, cost_candidate_usd: number },
        restricted_moves: { ...count, description: 'Must stay 0.' },
      }),
    ),
    steps: {
      type: 'array',
      items: object({
        ...{ revision: count, at: time, by: text, action: text },
        ...{ from_percent: percent, to_percent: percent, phase: text, cause },
      }),
    },
  }),
}
