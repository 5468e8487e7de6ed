// Owns the address of a provider: what is accepted, and how it is written once it is.
import type { ProviderKind } from '../domain/provider-ref.ts'

export const OLLAMA_CLOUD_URL = 'https://ollama.com'

/** The parts of an address that say what a provider is. */
export interface Address {
  /** Lower case, without the brackets of an IPv6 address. */
  readonly host: string
  /** Empty for the scheme's own port. */
  readonly port: string
  /** Scheme, host and port. */
  readonly origin: string
  /** Without a trailing slash; empty when there is none. */
  readonly path: string
}

/** @returns the address, or what is wrong with it. The text itself is never repeated: it may hold a password. */
export function readAddress(text: string): Address | string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    return 'must start with http:// or https://, such as http://localhost:11434'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password: use api_key or headers'
  if (url.search !== '' || url.hash !== '') return 'must not hold ? or #: only scheme, host, port and path'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === '0.0.0.0' || host === '::') return 'is an address to listen on: write 127.0.0.1 to reach this machine'
  return { host, port: url.port, origin: url.origin, path: url.pathname.replace(/\/+$/, '') }
}

/** True for `domain` itself and for every host below it. */
export function isHostOf(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

/**
 * The address that requests are built on. For the OpenAI wire a path is kept, and `usualPath` is added when there is none;
 * for Ollama a trailing `/api` or `/v1` is removed, because its adapter adds the route.
 */
export function baseUrlOf({ origin, path }: Address, kind: ProviderKind, usualPath = '/v1'): string {
  if (kind === 'ollama') return origin + path.replace(/\/(?:api|v1)$/, '')
  return origin + (path === '' ? usualPath : path)
}
