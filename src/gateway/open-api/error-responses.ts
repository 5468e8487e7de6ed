// Owns the description of errors: the four envelopes, and which codes and statuses a route can refuse with.
import { type ErrorCode, errorCatalogue } from '../../domain/errors.ts'
import { messageErrorStatus } from '../anthropic/error-envelope.ts'
import type { Dialect } from '../render-error.ts'
import type { Description } from './description.ts'
import {
  anyObject,
  count,
  listOf,
  object,
  oneOf,
  orNull,
  reference,
  type Schema,
  said,
  text,
  theirs,
} from './schema.ts'

const codes = Object.keys(errorCatalogue) as ErrorCode[]

/** Members of every envelope. `further` of them only some codes have. */
const members = {
  param: said(orNull(text), 'The field at fault: messages[2].content.'),
  code: oneOf(codes),
  source: oneOf(['gateway', 'provider']),
}
const further = {
  scope: said(text, 'Of budget_exceeded and rate_limited: whose it is.'),
  subject: said(text, 'Of budget_exceeded: its name in that scope.'),
  limit: said({ type: 'number' }, 'Of budget_exceeded: US dollars; of rate_limited: how many.'),
  limited: said(oneOf(['requests', 'tokens', 'parallel']), 'Of rate_limited.'),
  spent: said({ type: 'number' }, 'Of budget_exceeded: US dollars.'),
  reserved: said({ type: 'number' }, 'Of budget_exceeded: held by requests in flight.'),
  period: said(text, 'Of budget_exceeded: 2026-11.'),
  resets_at: said(orNull({ type: 'string', format: 'date-time' }), 'Of budget_exceeded.'),
  attempts: said(listOf({ type: 'object' }), 'Who was asked, and what became of it.'),
  context_tokens: said(count, 'Of context_length_exceeded: the largest window.'),
}
const always = Object.keys(members)
const error = theirs({ message: text, type: text, ...members, request_id: text, ...further }, [
  'message',
  'type',
  ...always,
  'request_id',
])

const detail = {
  anyOf: [text, listOf(object({ type: text, loc: listOf({ type: ['string', 'integer'] }), msg: text, input: {} }))],
  description: 'The same for clients of FastAPI: a list where the status is 422.',
}

export const errorSchemas = {
  Error: object({ error }),
  AnthropicError: object({
    type: oneOf(['error']),
    error: theirs({ type: text, message: text, ...members, ...further }, ['type', 'message', ...always]),
    request_id: text,
  }),
  OllamaError: theirs({ error: said(text, 'The message.'), type: text, ...members, request_id: text, ...further }, [
    'error',
    'type',
    ...always,
    'request_id',
  ]),
  ManagementError: object({ error, detail }),
  ProviderRefusal: said(anyObject, 'As the provider wrote it.'),
} satisfies Readonly<Record<string, Schema>>

const envelopeOf: Readonly<Record<Dialect, keyof typeof errorSchemas>> = {
  openai: 'Error',
  anthropic: 'AnthropicError',
  ollama: 'OllamaError',
  management: 'ManagementError',
}

/** Of every route that needs a key. */
const guarded: readonly ErrorCode[] = ['invalid_key', 'key_not_allowed', 'shutting_down', 'ledger_unavailable']

/** Of every route that has a model answer. */
const asking: readonly ErrorCode[] = [
  ...(['context_length_exceeded', 'unknown_model', 'budget_exceeded', 'price_unknown', 'rate_limited'] as const),
  ...(['overloaded', 'local_unavailable_for_restricted_data', 'no_candidate'] as const),
  ...(['upstream_unreachable', 'upstream_error', 'upstream_timeout'] as const),
]

export interface RefusingRoute {
  readonly path: string
  readonly open: boolean
  readonly dialect: Dialect
  readonly description: Description
}

/** The responses of a route by status, for all that it can refuse. */
export function errorResponses(route: RefusingRoute): Readonly<Record<string, object>> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const [code, status] of refusalsOf(route)) {
    const found = byStatus.get(status) ?? []
    if (!found.includes(code)) byStatus.set(status, [...found, code])
  }
  const sorted = [...byStatus].sort(([left], [right]) => left - right)
  return {
    ...Object.fromEntries(sorted.map(([status, its]) => [String(status), responseOf(its, status, route)])),
    ...(route.description.asks ? { '4XX': rejectedByProvider } : {}),
  }
}

function refusalsOf({ path, open, dialect, description }: RefusingRoute): readonly (readonly [ErrorCode, number])[] {
  const { asks, body, errors = [], hints, query } = description
  const plain: readonly ErrorCode[] = [
    ...(open ? [] : guarded),
    ...(body || query || hints || path.includes('{') ? (['invalid_request'] as const) : []),
    ...(body ? (['body_too_large'] as const) : []),
    ...(path.includes('{') ? (['not_found'] as const) : []),
    ...(asks ? asking : []),
    'internal_error',
  ]
  return [...plain, ...errors].map((one) =>
    typeof one === 'string' ? [one, statusOf(one, dialect)] : [one[0], one[1]],
  )
}

function statusOf(code: ErrorCode, dialect: Dialect): number {
  const { status } = errorCatalogue[code]
  if (dialect === 'anthropic') return messageErrorStatus(code, status)
  return dialect === 'management' && code === 'invalid_request' ? 422 : status
}

/** Of these a provider has its own when the request is at fault, and they pass unchanged. */
const passedOn: ReadonlySet<number> = new Set([400, 404, 413, 422])
const PROVIDERS_OWN = "A provider's own refusal of what it was asked, in its words where it speaks the same wire."

function responseOf(its: readonly ErrorCode[], status: number, { dialect, description }: RefusingRoute): object {
  const envelope = reference(envelopeOf[dialect])
  const passes = description.asks === true && dialect !== 'ollama' && passedOn.has(status)
  const meanings = its.map((code) => `\`${code}\`: ${errorCatalogue[code].meaning}`)
  const schema = passes ? { anyOf: [envelope, reference('ProviderRefusal')] } : envelope
  return {
    description: [...meanings, ...(passes ? [PROVIDERS_OWN] : [])].join('\n\n'),
    headers: headersOf(['retry-after', 'x-should-retry']),
    content: { 'application/json': { schema } },
  }
}

const rejectedByProvider = {
  description: PROVIDERS_OWN,
  content: { 'application/json': { schema: reference('ProviderRefusal') } },
}

/** References to `components.headers`. */
export function headersOf(names: readonly string[]): Readonly<Record<string, object>> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
