// Owns who may ask: the master key, or on loopback anybody on this machine.
import { timingSafeEqual } from 'node:crypto'
import { AegisError } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import type { HttpRequest } from './http/http-exchange.ts'

/** Who sent a request. `id` may be logged. */
export interface Caller {
  readonly id: string | undefined
  readonly admin: boolean
}

export type Authenticate = (request: HttpRequest) => Caller

const LOCAL_CALLER: Caller = { id: undefined, admin: true }
const MASTER_CALLER: Caller = { id: 'master', admin: true }

/** In this order; the first one that is present counts. */
const keyHeaders = ['authorization', 'x-api-key', 'x-anyllm-key', 'anyllm-key', 'otari-key'] as const

/**
 * Returns the check for all routes but the open ones.
 * Without a master key the server listens on loopback only, and then the danger is a web page in a browser on this
 * machine: requests that name another host or come from another origin are refused.
 */
export function authenticator(masterKey: Secret | undefined, previous?: Secret): Authenticate {
  if (!masterKey) return assertFromThisMachine
  const accepted = [masterKey, previous].flatMap((key) => (key ? [Buffer.from(key.reveal())] : []))
  return (request) => {
    const given = keyOf(request)
    if (given === undefined) {
      throw new AegisError('invalid_key', 'Send a key: Authorization: Bearer sk-aegis-…')
    }
    const bytes = Buffer.from(given)
    if (!accepted.some((key) => isSame(bytes, key))) throw new AegisError('invalid_key', 'This key is not known.')
    return MASTER_CALLER
  }
}

const BEARER = /^Bearer\s/i

function keyOf(request: HttpRequest): string | undefined {
  for (const name of keyHeaders) {
    const value = request.header(name)
    if (value !== undefined && value !== '') return BEARER.test(value) ? value.slice(7).trim() : value
  }
  return undefined
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
