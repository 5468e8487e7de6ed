// Owns the description of what is neither another's wire nor administration: explanations, health, metrics, pages.
import { dataClassifications } from '../domain/data-classification.ts'
import type { Description } from './open-api/description.ts'
import {
  anyObject,
  count,
  flag,
  listOf,
  number,
  object,
  oneOf,
  reference,
  type Schema,
  said,
  text,
} from './open-api/schema.ts'

const verdicts = [
  ...['would be asked', 'would be asked for a shorter answer', 'over budget', 'price unknown', 'cooling down'],
]
const found = {
  rule: text,
  type: text,
  level: text,
  category: text,
  score: number,
  path: text,
  start: count,
  end: count,
}
const candidate = {
  provider: text,
  model: text,
  location: oneOf(['local', 'cloud']),
  reason: text,
  simulated: flag,
  price: said(text, 'free, unknown, or where the price stands.'),
  worst_case_usd: said(number, 'The most that it could cost there.'),
  unbounded: said(text, 'The member that makes its cost unbounded, and why.'),
  budget: object({ limit_usd: number, spent_usd: number, reserved_usd: number, available_usd: number }),
  verdict: oneOf(verdicts),
  cooling_seconds: count,
}
const always = ['provider', 'model', 'location', 'reason', 'simulated', 'price', 'verdict']

export const ownSchemas = {
  ExplainRequest: said(
    { anyOf: [reference('ChatCompletionRequest'), reference('EmbeddingRequest')] },
    'An embedding where it has an input and no messages.',
  ),
  Explanation: object(
    {
      classification: object({ level: oneOf(dataClassifications), restricted: flag, source: text }),
      detected: said(
        object({ undecidable: listOf(text), findings: listOf(object(found)) }),
        'What was found, by rule and place; never the value.',
      ),
      exceptions: said(listOf(text), 'Ids of the signed exceptions by which findings may leave.'),
      rule: text,
      reason: text,
      cohort: oneOf(['current', 'candidate']),
      candidates: said(listOf(object(candidate, always)), 'In the order in which they would be asked.'),
      excluded: listOf(anyObject),
      refused: said(text, 'Why nobody would be asked, when that is so.'),
    },
    ['classification', 'rule', 'reason', 'candidates', 'excluded'],
  ),
  Health: object({ status: oneOf(['healthy']) }),
  Readiness: object(
    {
      status: oneOf(['healthy', 'degraded', 'unhealthy']),
      database: oneOf(['connected', 'unavailable']),
      providers_open: count,
      version: text,
      checks: object({
        config: object({ mode: text, loaded_at: text }),
        ledger: oneOf(['ok', 'unavailable']),
        providers: said({ type: 'object', additionalProperties: text }, 'How each is.'),
      }),
      detail: text,
    },
    ['status', 'database', 'providers_open', 'version', 'checks'],
  ),
  OpenApi: object({ openapi: text, info: anyObject, paths: anyObject }),
} satisfies Readonly<Record<string, Schema>>

const page = { also: { 'text/html': text } }

export const ownOperations = {
  explain: {
    ...{ operation: 'explain', tag: 'Aegis', hints: true },
    summary: 'Where a chat or an embedding would go and why; nobody is called and nothing is held',
    body: {
      schema: reference('ExplainRequest'),
      example: { model: 'auto', messages: [{ role: 'user', content: 'Why is the sky blue?' }] },
    },
    answer: { schema: reference('Explanation') },
    errors: ['unknown_model'],
  },
  health: {
    ...{ operation: 'health', tag: 'Operation' },
    summary: 'The process answers',
    answer: { schema: reference('Health') },
  },
  liveness: {
    ...{ operation: 'liveness', tag: 'Operation' },
    summary: 'The process is alive',
    answer: { schema: text },
  },
  liveliness: {
    ...{ operation: 'liveliness', tag: 'Operation' },
    summary: 'The same, as LiteLLM has it',
    answer: { schema: text },
  },
  readiness: {
    ...{ operation: 'readiness', tag: 'Operation' },
    summary: 'Budgets can be held and a provider is open',
    answer: {
      schema: reference('Readiness'),
      otherwise: { status: 503, description: 'Not ready; `detail` says why.' },
    },
  },
  metrics: {
    ...{ operation: 'metrics', tag: 'Operation' },
    summary: 'Metrics in the Prometheus text format',
    answer: { also: { 'text/plain': text } },
  },
  statusPage: {
    ...{ operation: 'statusPage', tag: 'Operation' },
    summary: 'The dashboard; its data is at /admin/status',
    answer: page,
  },
  docsPage: {
    ...{ operation: 'docsPage', tag: 'Operation' },
    summary: 'This description as a page',
    answer: page,
  },
  openApi: {
    ...{ operation: 'openApi', tag: 'Operation' },
    summary: 'This description',
    answer: { schema: reference('OpenApi') },
  },
  adminOpenApi: {
    ...{ operation: 'adminOpenApi', tag: 'Administration' },
    summary: 'The part of this description that is /admin',
    answer: { schema: reference('OpenApi') },
  },
} as const satisfies Readonly<Record<string, Description>>
