// Owns the description of the management routes.
import type { Description } from '../open-api/description.ts'
import { count, reference, type Schema, said, text, wholeNumber } from '../open-api/schema.ts'
import type { managementSchemas } from './management-schemas.ts'

type Name = keyof typeof managementSchemas

const page: Readonly<Record<string, Schema>> = {
  skip: { ...count, default: 0 },
  limit: { ...wholeNumber(1, 1000), default: 100 },
}
const moment: Schema = {
  ...said(text, 'A date or a time; UTC without an offset.'),
  examples: ['2026-11-01', '2026-11-01T08:00:00Z'],
}

type Further = Pick<Description, 'body' | 'query' | 'errors' | 'description'>

/** Answered with JSON. */
const gives = (operation: string, summary: string, answer: Name, more: Further = {}): Description => ({
  ...{ operation, summary, tag: 'Management', answer: { schema: reference(answer) } },
  ...more,
})
const lists = (operation: string, summary: string, answer: Name, query: Description['query'] = {}): Description =>
  gives(operation, summary, answer, { query: { ...page, ...query } })
/** Answered with nothing. */
const removes = (operation: string, summary: string): Description => ({
  ...{ operation, summary, tag: 'Management', answer: { status: 204 } },
})
const sends = (schema: Name, example: Readonly<Record<string, unknown>>): Further => ({
  body: { schema: reference(schema), example },
})

export const managementOperations = {
  createKey: gives('createKey', 'Makes a virtual key', 'KeyWithSecret', {
    ...sends('KeyWish', { key_name: 'Ada', scopes: ['inference'], models: ['gpt-4o'] }),
    description: 'Its text is answered once. A user whom there is not yet is made with it.',
    errors: ['not_found'],
  }),
  listKeys: lists('listKeys', 'Virtual keys, without their texts', 'KeyPage'),
  getKey: gives('getKey', 'One key', 'Key'),
  changeKey: gives('changeKey', 'Changes what is sent', 'Key', sends('KeyChange', { requests_per_minute: 60 })),
  removeKey: removes('removeKey', 'Removes a key'),
  rotateKey: gives(
    'rotateKey',
    'Gives a key another secret',
    'KeyWithSecret',
    sends('KeyRotation', { overlap_seconds: 3600 }),
  ),
  revokeKey: gives('revokeKey', 'Ends a key for good', 'Key'),
  createUser: gives('createUser', 'Adds a user', 'User', {
    ...sends('UserWish', { user_id: 'ada', alias: 'Ada' }),
    errors: ['conflict', 'not_found'],
  }),
  listUsers: lists('listUsers', 'Users, and what they have spent', 'UserPage'),
  getUser: gives('getUser', 'One user', 'User'),
  changeUser: gives('changeUser', 'Changes what is sent', 'User', sends('UserChange', { blocked: true })),
  removeUser: removes('removeUser', 'Removes a user; the keys of it end'),
  listUsersUsage: lists('listUsersUsage', "A user's requests, newest first", 'ManagedUsagePage'),
  createUserBudget: gives(
    'createUserBudget',
    'Makes a budget that users can be given',
    'UserBudget',
    sends('UserBudgetWish', { max_budget: 10, budget_duration_sec: 86_400 }),
  ),
  listUserBudgets: lists('listUserBudgets', 'Budgets of users; all others are at /admin/budgets', 'UserBudgetPage'),
  getUserBudget: gives('getUserBudget', 'One budget', 'UserBudget'),
  changeUserBudget: gives(
    'changeUserBudget',
    'Changes what is sent',
    'UserBudget',
    sends('UserBudgetWish', { max_budget: 20 }),
  ),
  removeUserBudget: removes('removeUserBudget', 'Removes a budget'),
  setPrice: gives(
    'setPrice',
    'Sets the price of a model; holds in all processes within a second',
    'Price',
    sends('PriceWish', { model_key: 'openai:gpt-4o', input_price_per_million: 2.5, output_price_per_million: 10 }),
  ),
  listPrices: lists('listPrices', 'Prices that were set at run time', 'PricePage'),
  getPrice: gives('getPrice', 'One price; the key is provider:model and may hold slashes', 'Price'),
  removePrice: removes('removePrice', 'Removes a price'),
  listAllUsage: lists('listAllUsage', 'Requests, newest first', 'ManagedUsagePage', {
    ...{ start_date: moment, end_date: moment, user_id: text },
  }),
} satisfies Readonly<Record<string, Description>>
