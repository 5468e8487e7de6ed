// Owns who may ask: the master key, a virtual key, or on loopback without a master key anybody on this machine.
import { timingSafeEqual } from 'node:crypto'
import type { AccessDirectory, KnownKey } from '../access/access-directory.ts'
import type { KeyScope, VirtualKey } from '../access/access-types.ts'
import { hashSecret, isSameHash, type PresentedKey, readKey } from '../access/virtual-key.ts'
import type { Clock } from '../domain/clock.ts'
import { AegisError } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import type { HttpRequest } from './http/http-exchange.ts'

/** Who sent a request. `id` may be logged. */
export interface Caller {
  readonly id: string | undefined
  /** May do everything that the scope `admin` opens. */
  readonly admin: boolean
  /** Undefined for the master key, for which nothing is held back, and on loopback without one. */
  readonly key?: VirtualKey
}

export type Authenticate = (request: HttpRequest) => Caller | Promise<Caller>

export interface AuthenticateOptions {
  readonly masterKey: Secret | undefined
  /** Opens everything as well, until whoever still has it has changed to the other. */
  readonly previousMasterKey?: Secret | undefined
  readonly access: AccessDirectory
  readonly clock: Clock
}

/** What a route needs of a key; `any` key will do where it only sees what is its own. */
export type Need = KeyScope | 'any'

const LOCAL_CALLER: Caller = { id: undefined, admin: true }
const MASTER_CALLER: Caller = { id: 'master', admin: true }

/** In this order; the first one that is present counts. */
const keyHeaders = ['authorization', 'x-api-key', 'x-anyllm-key', 'anyllm-key', 'otari-key'] as const

/**
 * Returns the check for all routes but the open ones.
 * Without a master key the server listens on loopback only, and then the danger is a web page in a browser on this
 * machine: requests that name another host or come from another origin are refused.
 */
export function authenticator({ masterKey, previousMasterKey, access, clock }: AuthenticateOptions): Authenticate {
  // A previous key opens beside the one that took its place, never alone.
  const keys = masterKey ? [masterKey, previousMasterKey] : []
  const accepted = keys.flatMap((key) => (key ? [Buffer.from(key.reveal())] : []))
  return (request) => {
    if (accepted.length === 0 && access.keys.size === 0) return assertFromThisMachine(request)
    const given = keyOf(request)
    if (given !== undefined && isMaster(accepted, given)) return MASTER_CALLER
    const presented = given === undefined ? undefined : readKey(given)
    if (presented === undefined) {
      if (accepted.length === 0) return assertFromThisMachine(request)
      throw new AegisError('invalid_key', given === undefined ? MISSING : UNKNOWN)
    }
    const judge = (known: KnownKey | undefined) =>
      known === undefined && accepted.length === 0
        ? assertFromThisMachine(request)
        : callerOf(known, presented, access, clock.wallMs())
    const known = access.findKey(presented.id)
    return known instanceof Promise ? known.then(judge) : judge(known)
  }
}

/** @throws AegisError `key_not_allowed` when the scopes of the key do not open the route. */
export function assertMayUse({ key }: Caller, need: Need): void {
  if (key === undefined || need === 'any' || key.scopes.includes(need)) return
  if (need === 'read' && key.scopes.includes('admin')) return
  const scopes = key.scopes.join(', ')
  throw new AegisError('key_not_allowed', `This needs a key with the scope ${need}; this key has ${scopes || 'none'}.`)
}

const UNKNOWN = 'Invalid API key: it is not known here.'
const MISSING = 'Missing Authorization header. Send a key: Authorization: Bearer sk-aegis-…'

/** What is said of a key beyond that it is not known, is said to who has its secret only. */
function callerOf(
  known: KnownKey | undefined,
  { secret }: PresentedKey,
  access: AccessDirectory,
  nowMs: number,
): Caller {
  const hash = hashSecret(secret)
  const match = known?.secrets.find((one) => isSameHash(one.hash, hash))
  if (known === undefined || match === undefined) throw new AegisError('invalid_key', UNKNOWN)
  const { key } = known
  if (match.untilMs !== null && nowMs >= match.untilMs) {
    throw new AegisError('invalid_key', 'API key has expired: its secret was rotated.')
  }
  assertInForce(key, access, nowMs)
  return { id: key.id, admin: key.scopes.includes('admin'), key }
}

/**
 * Who left work to be done later, as they stand now.
 * @param id as `Caller.id` was.
 * @throws AegisError `invalid_key` when the key has ended meanwhile.
 */
export async function callerOfKey(id: string | undefined, access: AccessDirectory, nowMs: number): Promise<Caller> {
  if (id === undefined) return LOCAL_CALLER
  if (id === MASTER_CALLER.id) return MASTER_CALLER
  const known = await access.findKey(id)
  if (known === undefined) throw new AegisError('invalid_key', UNKNOWN)
  assertInForce(known.key, access, nowMs)
  return { id, admin: known.key.scopes.includes('admin'), key: known.key }
}

/** @throws AegisError */
function assertInForce(key: VirtualKey, access: AccessDirectory, nowMs: number): void {
  if (key.revokedAtMs !== null) throw new AegisError('invalid_key', 'API key is inactive: it was revoked.')
  if (!key.active) throw new AegisError('invalid_key', 'API key is inactive.')
  if (key.expiresAtMs !== null && nowMs >= key.expiresAtMs) throw new AegisError('invalid_key', 'API key has expired.')
  const user = key.userId === null ? undefined : access.users.get(key.userId)
  if (user && user.deletedAtMs !== null)
    throw new AegisError('invalid_key', 'API key is inactive: its user was deleted.')
  if (user?.blocked) throw new AegisError('key_not_allowed', 'The user of this key is blocked.')
}

const BEARER = /^Bearer\s/i

function keyOf(request: HttpRequest): string | undefined {
  for (const name of keyHeaders) {
    const value = request.header(name)
    if (value !== undefined && value !== '') return BEARER.test(value) ? value.slice(7).trim() : value
  }
  return undefined
}

function isMaster(accepted: readonly Buffer[], text: string): boolean {
  if (accepted.length === 0) return false
  const given = Buffer.from(text)
  return accepted.some((key) => isSame(given, key))
}

/** Takes the same time for every key of the right length; a length alone is no help in guessing one. */
function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function assertFromThisMachine(request: HttpRequest): Caller {
  const host = request.header('host')
  const origin = request.header('origin')
  const site = request.header('sec-fetch-site')
  if (host !== undefined && !isLoopbackHost(`http://${host}`)) {
    throw new AegisError(
      'key_not_allowed',
      'Without a master key only requests to a loopback address are answered. Set auth.master_key to serve other names.',
    )
  }
  if ((origin !== undefined && !isLoopbackHost(origin)) || site === 'cross-site') {
    throw new AegisError(
      'key_not_allowed',
      'Without a master key no web page of another origin may ask. Set auth.master_key.',
    )
  }
  return LOCAL_CALLER
}

function isLoopbackHost(address: string): boolean {
  if (knownLoopback.has(address)) return true
  const host = URL.canParse(address) ? new URL(address).hostname : ''
  const loopback =
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
  if (loopback && knownLoopback.size < MAX_REMEMBERED) knownLoopback.add(address)
  return loopback
}

/** Parsing an address costs more than the rest of the check, and the same few come again and again. */
const knownLoopback = new Set<string>()
const MAX_REMEMBERED = 100
