// Owns how a virtual key is written and shown: the same over HTTP and on the command line.
import { dataClassifications } from '../domain/data-classification.ts'
import { NO_LIMITS, type RateLimits } from '../domain/rate-limits.ts'
import { type KeyScope, keyScopes, type VirtualKey } from './access-types.ts'
import { Entry, refuse, stated } from './entry.ts'
import type { KeyChange, KeyWish } from './key-book.ts'

const MOST = 1_000_000_000

const common = [
  'key_name',
  'expires_at',
  'metadata',
  'scopes',
  'models',
  'providers',
  'data_classification',
  'max_data_classification',
  'requests_per_minute',
  'tokens_per_minute',
  'parallel_requests',
] as const

/** What a new key can be told. `any_user`: requests with it may name users themselves. */
const wishable = [...common, 'user_id', 'any_user'] as const

const changeable = [...common, 'is_active'] as const

/** @throws AegisError `invalid_request` whose `param` is the member at fault. */
export function readKeyWish(members: object): { readonly wish: KeyWish; readonly ownUser: boolean } {
  const entry = new Entry(members, wishable)
  const anyUser = entry.flag('any_user') ?? false
  const userId = entry.text('user_id')
  if (anyUser && userId != null) refuse('any_user', 'A key of one user has no other.')
  const read = readCommon(entry)
  return { wish: stated({ ...read, userId, limits: limitsOf(entry, NO_LIMITS) }), ownUser: !anyUser }
}

/** @param known what is not changed stays. @throws AegisError `invalid_request` whose `param` is the member at fault. */
export function readKeyChange(members: object, known: VirtualKey): KeyChange {
  const entry = new Entry(members, changeable)
  const active = entry.flag('is_active')
  if (active === true && known.revokedAtMs !== null) refuse('is_active', 'A key that was revoked stays so.')
  return stated({ ...readCommon(entry), active, limits: limitsOf(entry, known.limits) })
}

function readCommon(entry: Entry<(typeof common)[number]>) {
  const classification = entry.oneOf('data_classification', dataClassifications)
  const ceiling = entry.oneOf('max_data_classification', dataClassifications)
  return {
    name: entry.text('key_name'),
    expiresAtMs: entry.moment('expires_at'),
    metadata: entry.metadata('metadata'),
    scopes: scopesOf(entry.names('scopes')),
    models: entry.names('models'),
    providers: entry.names('providers'),
    classification,
    ceiling,
  }
}

function scopesOf(names: readonly string[] | null | undefined): readonly KeyScope[] | undefined {
  if (names === null || names === undefined) return undefined
  return names.map(
    (name) => keyScopes.find((scope) => scope === name) ?? refuse('scopes', `There are ${keyScopes.join(', ')}.`),
  )
}

function limitsOf(entry: Entry<(typeof common)[number]>, known: RateLimits): RateLimits | undefined {
  const requests = entry.wholeNumber('requests_per_minute', 1, MOST)
  const tokens = entry.wholeNumber('tokens_per_minute', 1, MOST)
  const parallel = entry.wholeNumber('parallel_requests', 1, 1_000_000)
  if (requests === undefined && tokens === undefined && parallel === undefined) return undefined
  return {
    requestsPerMinute: requests === undefined ? known.requestsPerMinute : requests,
    tokensPerMinute: tokens === undefined ? known.tokensPerMinute : tokens,
    parallelRequests: parallel === undefined ? known.parallelRequests : parallel,
  }
}

/** A key as it is shown; nothing of it opens anything. */
export interface KeyView {
  readonly id: string
  readonly key_name: string | null
  readonly user_id: string | null
  readonly created_at: string
  readonly expires_at: string | null
  readonly is_active: boolean
  readonly metadata: Readonly<Record<string, unknown>>
  readonly revoked_at: string | null
  /** Until then the secret from before the last rotation is good as well. */
  readonly old_secret_until: string | null
  readonly scopes: readonly KeyScope[]
  readonly models: readonly string[] | null
  readonly providers: readonly string[] | null
  readonly data_classification: string | null
  readonly max_data_classification: string | null
  readonly requests_per_minute: number | null
  readonly tokens_per_minute: number | null
  readonly parallel_requests: number | null
}

export function keyView(key: VirtualKey): KeyView {
  const old = key.secrets.find(({ untilMs }) => untilMs !== null)
  return {
    id: key.id,
    key_name: key.name,
    user_id: key.userId,
    created_at: timeText(key.createdAtMs),
    expires_at: key.expiresAtMs === null ? null : timeText(key.expiresAtMs),
    is_active: key.active,
    metadata: key.metadata,
    revoked_at: key.revokedAtMs === null ? null : timeText(key.revokedAtMs),
    old_secret_until: old?.untilMs ? timeText(old.untilMs) : null,
    scopes: key.scopes,
    models: key.models,
    providers: key.providers,
    data_classification: key.classification,
    max_data_classification: key.ceiling,
    requests_per_minute: key.limits.requestsPerMinute,
    tokens_per_minute: key.limits.tokensPerMinute,
    parallel_requests: key.limits.parallelRequests,
  }
}

export function timeText(wallMs: number): string {
  return new Date(wallMs).toISOString()
}
