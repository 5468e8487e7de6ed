// Owns the JSON Schemas of the management routes: keys, users, their budgets, prices and usage.
import { keyScopes } from '../../access/access-types.ts'
import { dataClassifications } from '../../domain/data-classification.ts'
import {
  anyObject,
  closed,
  count,
  flag,
  listOf,
  number,
  object,
  oneOf,
  orNull,
  reference,
  type Schema,
  said,
  text,
  time,
} from '../open-api/schema.ts'

/** Of one line. */
const name: Schema = { type: ['string', 'null'], minLength: 1, maxLength: 256 }
const flagOrNull: Schema = { type: ['boolean', 'null'] }
const names = orNull({ type: 'array', maxItems: 1000, items: { type: 'string', minLength: 1, maxLength: 256 } })
const classification: Schema = { enum: [...dataClassifications, null] }
const upTo = (maximum: number): Schema => ({ type: ['integer', 'null'], minimum: 1, maximum })
const metadata = said(orNull(anyObject), 'At most 16384 characters of JSON.')
const dollars: Schema = { type: ['number', 'string', 'null'], minimum: 0, maximum: 9_000_000 }
const dollarsThere: Schema = { type: ['number', 'string'], minimum: 0, maximum: 9_000_000 }
const timeOrNull = orNull(time)

const limits = {
  requests_per_minute: upTo(1_000_000_000),
  tokens_per_minute: upTo(1_000_000_000),
  parallel_requests: upTo(1_000_000),
}
const keyMembers = {
  key_name: name,
  expires_at: {
    ...said({ type: ['string', 'null'] }, 'A time in ISO 8601; UTC without an offset.'),
    examples: ['2099-11-01T08:00:00Z', null],
  },
  metadata,
  scopes: orNull(listOf(oneOf(keyScopes))),
  models: said(names, 'Those it may ask; all unless told.'),
  providers: said(names, 'Those that it may be answered by; all unless told.'),
  data_classification: said(classification, 'What its requests count as at least.'),
  max_data_classification: said(classification, 'What its requests may count as at most.'),
  ...limits,
}
const keyView = {
  id: text,
  key_name: orNull(text),
  user_id: orNull(text),
  created_at: time,
  expires_at: timeOrNull,
  is_active: flag,
  metadata: anyObject,
  revoked_at: timeOrNull,
  old_secret_until: said(timeOrNull, 'Until then the secret from before the last rotation is good as well.'),
  scopes: listOf(oneOf(keyScopes)),
  models: orNull(listOf(text)),
  providers: orNull(listOf(text)),
  data_classification: orNull(text),
  max_data_classification: orNull(text),
  requests_per_minute: orNull(count),
  tokens_per_minute: orNull(count),
  parallel_requests: orNull(count),
}
const userMembers = { alias: name, budget_id: name, blocked: flagOrNull, metadata }

export const managementSchemas = {
  KeyWish: closed(
    {
      ...keyMembers,
      user_id: said(name, 'Whose it is; a user of its own unless told.'),
      any_user: said(flagOrNull, 'Requests with it may name users themselves.'),
    },
    [],
  ),
  KeyChange: closed({ ...keyMembers, is_active: flagOrNull }, []),
  KeyRotation: closed(
    {
      overlap_seconds: said(
        { type: ['integer', 'null'], minimum: 0, maximum: 2_592_000 },
        'How long the old secret is good.',
      ),
    },
    [],
  ),
  Key: object({ ...keyView, last_used_at: timeOrNull }),
  KeyWithSecret: object({ ...keyView, key: said(text, 'Told here and never again.') }),
  KeyPage: listOf(reference('Key')),
  UserWish: closed({ user_id: { type: 'string', minLength: 1, maxLength: 256 }, ...userMembers }, ['user_id']),
  UserChange: closed(userMembers, []),
  User: object({
    user_id: text,
    alias: orNull(text),
    spend: said(number, 'US dollars since the budget began anew, or since there is the user.'),
    budget_id: orNull(text),
    budget_started_at: timeOrNull,
    next_budget_reset_at: timeOrNull,
    blocked: flag,
    created_at: time,
    updated_at: time,
    metadata: anyObject,
  }),
  UserPage: listOf(reference('User')),
  UserBudgetWish: closed(
    { max_budget: dollars, budget_duration_sec: { type: ['integer', 'null'], minimum: 1, maximum: 3_155_760_000 } },
    [],
  ),
  UserBudget: object({
    budget_id: text,
    max_budget: orNull(number),
    budget_duration_sec: orNull(count),
    created_at: time,
    updated_at: time,
  }),
  UserBudgetPage: listOf(reference('UserBudget')),
  PriceWish: closed(
    {
      model_key: said({ type: 'string', minLength: 1, maxLength: 256 }, 'provider:model'),
      input_price_per_million: dollarsThere,
      output_price_per_million: dollarsThere,
    },
    ['model_key', 'input_price_per_million', 'output_price_per_million'],
  ),
  Price: object({
    model_key: text,
    input_price_per_million: number,
    output_price_per_million: number,
    created_at: time,
    updated_at: time,
  }),
  PricePage: listOf(reference('Price')),
  ManagedUsage: object({
    id: text,
    user_id: orNull(text),
    api_key_id: orNull(text),
    timestamp: time,
    model: orNull(text),
    provider: orNull(text),
    endpoint: orNull(text),
    prompt_tokens: orNull(count),
    completion_tokens: orNull(count),
    total_tokens: orNull(count),
    cost: number,
    status: oneOf(['success', 'error']),
    error_message: orNull(text),
    cached: flag,
  }),
  ManagedUsagePage: listOf(reference('ManagedUsage')),
} satisfies Readonly<Record<string, Schema>>
