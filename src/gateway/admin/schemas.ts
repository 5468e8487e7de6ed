// Owns the JSON Schemas of what /admin takes and answers, for its OpenAPI description.
import { budgetScopes } from '../../domain/budget.ts'
import {
  count,
  flag,
  listOf,
  number,
  object,
  orNull,
  reference,
  type Schema,
  said,
  text,
  time,
} from '../open-api/schema.ts'
import { rolloutSchemas } from './rollout-schemas.ts'

/** A reference to one of these. */
export const ref = (name: keyof typeof adminSchemas): Schema => reference(name)

const entry = {
  scope: said({ type: 'string', enum: budgetScopes }, 'Whom it holds for.'),
  subject: said(text, 'The name in that scope; * is each on its own; none for global.'),
  per: said(text, 'day, week, month, lifetime, or a rolling time such as 3600s, 90m, 12h or 30d.'),
  limit_usd: said({ type: 'number', minimum: 0, maximum: 9_000_000 }, 'US dollars in that span.'),
  soft: said(flag, 'It alerts and never refuses.'),
  on_exceeded: { type: 'string', enum: ['fallback', 'reject'] },
  time_zone: said(text, 'IANA time zone in which days, weeks and months begin.'),
  alert_at_percent: { type: 'array', maxItems: 20, items: { type: 'integer', minimum: 1, maximum: 1000 } },
}

const budget = {
  id: text,
  ...entry,
  rule: said(text, 'What set it, for people.'),
  source: said({ type: 'string', enum: ['configuration', 'run_time'] }, 'One of the configuration is changed there.'),
  created_at: orNull(time),
  updated_at: orNull(time),
  standing: listOf(reference('Standing')),
}

export const adminSchemas = {
  BudgetEntry: { ...object(entry, ['scope', 'per', 'limit_usd']), additionalProperties: false },
  BudgetChange: { ...object(entry, ['limit_usd']), additionalProperties: false },
  Budget: object(budget),
  SetBudget: object({ ...budget, replaced: orNull(reference('BudgetEntry')) }),
  RemovedBudget: object({ id: text, removed: reference('BudgetEntry') }),
  BudgetList: object({ data: listOf(reference('Budget')) }),
  Standing: object({
    subject: text,
    period: said(text, '2026-11-27, 2026-W48, 2026-11, 3600s, lifetime.'),
    spent_usd: number,
    reserved_usd: said(number, 'Held by requests in flight.'),
    leased_usd: said(number, 'Set aside by processes for their next requests.'),
    unsettled_usd: said(number, 'The part of what is spent of which nobody knows whether it was billed.'),
    left_usd: number,
    used_ratio: number,
    resets_at: orNull(time),
  }),
  UsageRow: object({
    request_id: text,
    received_at: time,
    endpoint: orNull(text),
    duration_ms: count,
    status: text,
    http_status: count,
    provider: orNull(text),
    model: orNull(text),
    reason: orNull(text),
    classification: text,
    input_tokens: orNull(count),
    output_tokens: orNull(count),
    cached_input_tokens: orNull(count),
    reasoning_tokens: orNull(count),
    usage_quality: orNull(text),
    cost_usd: number,
    key: orNull(text),
    user: orNull(text),
    tags: listOf(text),
    attempts: said(listOf(text), 'provider/model:result, in order.'),
  }),
  UsagePage: object({ data: listOf(reference('UsageRow')), next_cursor: orNull(text) }),
  UsageSummary: object({
    by: text,
    data: listOf(object({ requests: count, input_tokens: count, output_tokens: count, cost_usd: number })),
  }),
  Alert: object({
    webhook_id: text,
    type: text,
    raised_at: time,
    data: { type: 'object' },
    state: { type: 'string', enum: ['waiting', 'done', 'given_up'] },
    tries: count,
    next_try_at: orNull(time),
  }),
  AlertList: object({ data: listOf(reference('Alert')) }),
  ...rolloutSchemas,
  AuditHead: object({ head: said(text, 'Give it to aegis audit verify --head.') }),
  PrivacyState: object({
    violations: said(count, 'Since the start. Must stay 0.'),
    closed: listOf(object({ provider: text, cause: text, since: time })),
    remembered: said(count, 'Sessions and ids of restricted conversations, in memory.'),
    exceptions: listOf(object({ id: text, key: text, types: listOf(text), until: time, in_force: flag })),
    audit: orNull(object({ folder: text, head: text })),
  }),
  OpenProvider: { ...object({ provider: text }), additionalProperties: false },
  SystemStatus: said({ type: 'object' }, 'What the dashboard shows.'),
  SandboxStates: said(
    { type: 'object', additionalProperties: text },
    'Simulated providers and how they are: {"openai": "down"}.',
  ),
  Reload: object({
    changed: said(listOf(text), 'Settings that hold from now on, such as providers.openai.'),
    restart_needed: said(listOf(text), 'Settings that differ and hold after a restart.'),
    workers: said(count, 'Processes that have changed together.'),
    notices: listOf(text),
  }),
} satisfies Readonly<Record<string, Schema>>
