// Owns the runs of `aegis keys`: virtual keys are made, listed, revoked and rotated.
import { type KeyView, timeText } from '../../access/key-entry.ts'
import { windowOfText } from '../../domain/budget-text.ts'
import { AegisError } from '../../domain/errors.ts'
import { CommandError } from '../command-error.ts'
import type { PlaceFlags } from '../gateway/find-gateway.ts'
import { type Column, sayTable } from '../table.ts'
import { printable, say, sayJson, styled, styledError, tell } from '../terminal.ts'
import { findKeyPlace, type ShownKey } from './key-place.ts'

export interface KeyFlags extends PlaceFlags {
  readonly json?: boolean
}

export interface KeyCreateFlags extends KeyFlags {
  readonly name?: string
  readonly user?: string
  readonly anyUser?: boolean
  readonly scope?: readonly string[]
  readonly model?: readonly string[]
  readonly provider?: readonly string[]
  readonly classification?: string
  readonly maxClassification?: string
  readonly expires?: string
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  readonly parallelRequests?: number
}

export interface KeyRotateFlags extends KeyFlags {
  readonly overlap: string
}

export async function runKeysCreate(flags: KeyCreateFlags): Promise<void> {
  const members = membersOf(flags)
  const place = await findKeyPlace(flags)
  const made = await inFlagNames(() => place.create(members))
  if (flags.json) return sayJson(made)
  showOnce(made)
  say(`It is key ${made.id}${made.user_id === null ? '' : ` of user ${printable(made.user_id)}`}.`)
}

export async function runKeysList(flags: KeyFlags): Promise<void> {
  const keys = await (await findKeyPlace(flags)).list()
  if (flags.json) sayJson(keys)
  else if (keys.length > 0) sayTable(keyColumns, keys)
  else say('There is no key. Make one: aegis keys create --name my-app')
}

export async function runKeysRevoke(id: string, flags: KeyFlags): Promise<void> {
  const revoked = await (await findKeyPlace(flags)).revoke(id)
  if (flags.json) sayJson(revoked)
  else say(`Key ${revoked.id} is refused from now on.`)
}

export async function runKeysRotate(id: string, flags: KeyRotateFlags): Promise<void> {
  const seconds = flags.overlap === '0s' ? 0 : secondsOf(flags.overlap)
  if (seconds === undefined || seconds > 30 * 86_400) {
    throw new CommandError('--overlap: It must be a time such as 0s, 90m, 12h or 7d, of 30d at the most.', 2)
  }
  const rotated = await (await findKeyPlace(flags)).rotate(id, seconds)
  if (flags.json) return sayJson(rotated)
  showOnce(rotated)
  const until = rotated.old_secret_until
  say(`It is key ${rotated.id}. The old text ${until === null ? 'is refused from now on' : `goes on until ${until}`}.`)
}

/** The key alone is on standard output's first line, so that a script can take it. */
function showOnce({ key }: ShownKey): void {
  say(styled('bold', key))
  tell(styledError('dim', 'Keep it now: only a hash of it is stored, so it is not shown again.'))
}

function membersOf(flags: KeyCreateFlags): object {
  const all = {
    key_name: flags.name,
    user_id: flags.user,
    any_user: flags.anyUser,
    scopes: flags.scope,
    models: flags.model,
    providers: flags.provider,
    data_classification: flags.classification,
    max_data_classification: flags.maxClassification,
    expires_at: flags.expires === undefined ? undefined : expiryOf(flags.expires),
    requests_per_minute: flags.requestsPerMinute,
    tokens_per_minute: flags.tokensPerMinute,
    parallel_requests: flags.parallelRequests,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function expiryOf(text: string): string {
  const seconds = secondsOf(text)
  return seconds === undefined ? text : timeText(Date.now() + seconds * 1000)
}

function secondsOf(text: string): number | undefined {
  const span = windowOfText(text)
  return span?.kind === 'rolling' ? span.seconds : undefined
}

const flagNames: Readonly<Record<string, string>> = {
  key_name: '--name',
  user_id: '--user',
  any_user: '--any-user',
  models: '--model',
  providers: '--provider',
  expires_at: '--expires',
}

/** What is wrong is said of the flag. */
async function inFlagNames<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const flag = error instanceof AegisError ? flagNames[error.param ?? ''] : undefined
    if (!(error instanceof AegisError) || flag === undefined) throw error
    throw new CommandError(error.message.replace(`${error.param}:`, `${flag}:`), 2, { code: error.code })
  }
}

const listText = (names: readonly string[] | null) =>
  names === null ? 'all' : names.map(printable).join(' ') || 'none'

const keyColumns: readonly Column<KeyView>[] = [
  { title: 'key', value: ({ id }) => id },
  { title: 'name', value: ({ key_name }) => printable(key_name ?? '-') },
  { title: 'state', value: stateText, style: (key) => (stateText(key) === 'active' ? 'green' : 'red') },
  { title: 'user', value: ({ user_id }) => printable(user_id ?? 'any'), dispensable: 1 },
  { title: 'scopes', value: ({ scopes }) => scopes.join(' '), dispensable: 2 },
  { title: 'models', value: ({ models }) => listText(models), dispensable: 3 },
  { title: 'providers', value: ({ providers }) => listText(providers), dispensable: 4 },
  { title: 'data', value: levelsText, dispensable: 5 },
  { title: 'limits', value: limitsText, dispensable: 6 },
  { title: 'expires', value: ({ expires_at }) => expires_at?.replace('.000Z', 'Z') ?? '-', dispensable: 7 },
]

function stateText({ revoked_at, is_active, expires_at }: KeyView): string {
  if (revoked_at !== null) return 'revoked'
  if (!is_active) return 'inactive'
  return expires_at !== null && Date.parse(expires_at) <= Date.now() ? 'expired' : 'active'
}

function levelsText({ data_classification: least, max_data_classification: most }: KeyView): string {
  return least === null && most === null ? '-' : `${least ?? 'public'} to ${most ?? 'hipaa'}`
}

function limitsText({ requests_per_minute, tokens_per_minute, parallel_requests }: KeyView): string {
  const parts = [
    requests_per_minute === null ? '' : `${requests_per_minute}/min`,
    tokens_per_minute === null ? '' : `${tokens_per_minute} tokens/min`,
    parallel_requests === null ? '' : `${parallel_requests} at once`,
  ].filter((part) => part !== '')
  return parts.join(', ') || '-'
}
