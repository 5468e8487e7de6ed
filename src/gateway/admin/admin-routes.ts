// Owns the table of the /admin routes: dispatch and the OpenAPI description are both made of it.
import type { Handler } from '../exchange.ts'
import type { BodyDescription, Description } from '../open-api/description.ts'
import { type Schema, text, wholeNumber } from '../open-api/schema.ts'
import { sandboxRoute } from '../sandbox.ts'
import { statusData } from '../status/status.ts'
import { listAlerts } from './alerts.ts'
import { changeBudget, getBudget, listBudgets, removeBudget, setBudget } from './budgets.ts'
import { auditHead, openProvider, privacyState } from './privacy.ts'
import { reload } from './reload.ts'
import { changeRollout, getRollout } from './rollout.ts'
import { ref } from './schemas.ts'
import { groupings, listUsage, summarizeUsage } from './usage.ts'

export type AdminMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface AdminRoute {
  readonly method: AdminMethod
  /** `{id}` stands for one part of the path. */
  readonly path: string
  readonly operation: string
  readonly summary: string
  readonly query?: Readonly<Record<string, Schema>>
  readonly body?: BodyDescription
  readonly answer: Schema
  /** Also answers CSV. */
  readonly csv?: true
  readonly errors?: Description['errors']
  readonly handler: Handler
}

const moment: Schema = { ...text, description: 'A date, or a time.', examples: ['2026-11-01', '2026-11-01T08:00:00Z'] }
const format = { type: 'string', enum: ['json', 'csv'], description: 'Instead of the Accept header.' }
const span = { since: moment, until: { ...moment, description: 'Just before it.' } }
const limit = { ...wholeNumber(1, 1000), default: 100 }

export const adminRoutes: readonly AdminRoute[] = [
  {
    ...{ method: 'GET', path: '/admin/budgets', operation: 'listBudgets', handler: listBudgets },
    summary: 'Every budget, by the figures that grant money',
    answer: ref('BudgetList'),
    errors: ['invalid_request'],
  },
  {
    ...{ method: 'POST', path: '/admin/budgets', operation: 'setBudget', handler: setBudget },
    summary:
      'Adds a budget or replaces the one for the same subject and window; holds in all processes within a second',
    body: { schema: ref('BudgetEntry'), example: { scope: 'user', subject: '*', per: 'day', limit_usd: 5 } },
    answer: ref('SetBudget'),
  },
  {
    ...{ method: 'GET', path: '/admin/budgets/{id}', operation: 'getBudget', handler: getBudget },
    summary: 'One budget',
    answer: ref('Budget'),
  },
  {
    ...{ method: 'PUT', path: '/admin/budgets/{id}', operation: 'changeBudget', handler: changeBudget },
    summary: 'Changes a budget that was set at run time',
    body: { schema: ref('BudgetChange'), example: { limit_usd: 10 } },
    answer: ref('SetBudget'),
  },
  {
    ...{ method: 'DELETE', path: '/admin/budgets/{id}', operation: 'removeBudget', handler: removeBudget },
    summary: 'Removes a budget that was set at run time',
    answer: ref('RemovedBudget'),
  },
  {
    ...{ method: 'GET', path: '/admin/usage', operation: 'listUsage', handler: listUsage },
    summary: 'Requests, newest first: a page as JSON, everything as CSV',
    query: {
      ...span,
      limit: { ...limit, description: 'Rows of a page; as CSV rows at the most, all unless told.' },
      cursor: { ...text, description: 'The next_cursor of the page before.' },
      ...{ provider: text, model: text, key: text, user: text, tag: text, format },
    },
    answer: ref('UsagePage'),
    csv: true,
  },
  {
    ...{ method: 'GET', path: '/admin/usage/summary', operation: 'summarizeUsage', handler: summarizeUsage },
    summary: 'Sums over requests',
    query: { by: { ...text, enum: groupings, default: 'provider' }, ...span, format },
    answer: ref('UsageSummary'),
    csv: true,
  },
  {
    ...{ method: 'GET', path: '/admin/alerts', operation: 'listAlerts', handler: listAlerts },
    summary: 'What was told of budgets and of the ledger, newest first, and whether it has arrived',
    query: { limit },
    answer: ref('AlertList'),
  },
  {
    ...{ method: 'GET', path: '/admin/rollout', operation: 'getRollout', handler: getRollout },
    summary: 'How the candidate policy stands: its share, its stage, its gates and every step so far',
    answer: ref('Rollout'),
    errors: ['not_found', 'invalid_request'],
  },
  {
    ...{ method: 'POST', path: '/admin/rollout', operation: 'changeRollout', handler: changeRollout },
    summary: 'Starts, advances, pauses, resumes or rolls back; holds in all processes when they look next',
    body: { schema: ref('RolloutOrder'), example: { action: 'pause' } },
    answer: ref('Rollout'),
    errors: ['not_found'],
  },
  {
    ...{ method: 'GET', path: '/admin/audit/head', operation: 'auditHead', handler: auditHead },
    summary: 'The newest records of the audit chains; kept elsewhere, it shows whether the record was cut short later',
    answer: ref('AuditHead'),
    errors: ['not_found'],
  },
  {
    ...{ method: 'GET', path: '/admin/privacy', operation: 'privacyState', handler: privacyState },
    summary:
      'Violations that the process that answers saw, providers that are closed for restricted data, and exceptions',
    answer: ref('PrivacyState'),
  },
  {
    ...{ method: 'POST', path: '/admin/privacy/open', operation: 'openProvider', handler: openProvider },
    summary: 'Opens a provider for restricted data again, for all processes on the ledger',
    body: { schema: ref('OpenProvider'), example: { provider: 'local_ollama' } },
    answer: ref('PrivacyState'),
    errors: ['not_found'],
  },
  {
    ...{ method: 'GET', path: '/admin/status', operation: 'status', handler: statusData },
    summary: 'What the dashboard shows',
    answer: ref('SystemStatus'),
  },
  {
    ...{ method: 'POST', path: '/admin/reload', operation: 'reload', handler: reload },
    summary: 'Reads the configuration again: in all processes of this address, or in none',
    answer: ref('Reload'),
    errors: ['invalid_request', 'invalid_configuration'],
  },
  {
    ...{ method: 'POST', path: '/admin/sandbox', operation: 'setSandbox', handler: sandboxRoute },
    summary: 'Breaks and mends simulated providers',
    body: { schema: ref('SandboxStates'), example: { openai: 'down' } },
    answer: ref('SandboxStates'),
    errors: ['not_found'],
  },
]

/** What the document says of it. */
export function describeAdmin({ operation, summary, query, body, answer, csv, errors }: AdminRoute): Description {
  return {
    ...{ operation, summary, tag: 'Administration' },
    ...(query ? { query } : {}),
    ...(body ? { body } : {}),
    ...(errors ? { errors } : {}),
    answer: { schema: answer, ...(csv ? { also: { 'text/csv': text } } : {}) },
  }
}

/** A route of a path, and every method that the path has. */
export interface AdminMatch {
  readonly route: AdminRoute
  readonly methods: readonly AdminMethod[]
}

const patterns = adminRoutes.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace('{id}', '[^/]+')}$`),
}))

/** Of the path's routes the one of the method, else the first. */
export function adminMatch(path: string, method: string): AdminMatch | undefined {
  const routes = patterns.filter(({ pattern }) => pattern.test(path)).map(({ route }) => route)
  const wanted = method === 'HEAD' ? 'GET' : method
  const route = routes.find((one) => one.method === wanted) ?? routes[0]
  return route && { route, methods: routes.map((one) => one.method) }
}
