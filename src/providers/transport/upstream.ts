// Owns the connections to one provider: a keep-alive pool, its time-outs, and the second lock on every send.
/// <reference path="./undici-pool.d.ts" />
import { isIP } from 'node:net'
import type { Pool as PoolOfUndici } from 'undici'
import Pool from 'undici/lib/dispatcher/pool.js'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { CancelSignal } from '../../domain/cancellation.ts'
import type { OnViolation } from '../../domain/privacy-violation.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import { assertMaySend, type LocalAddresses, localOnlyLookup } from './egress-guard.ts'
import { Exchange, type UpstreamReply } from './exchange.ts'
import type { KeyRing } from './key-ring.ts'
import type { RestrictedDoors } from './restricted-doors.ts'
import { retryAfterOf } from './status-failure.ts'

export interface UpstreamOptions {
  readonly ref: ProviderRef
  /** From the configuration only; a request never chooses an address. */
  readonly baseUrl: string
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number; readonly idleMs: number }
  readonly maxConnections: number
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
  readonly localAddresses: LocalAddresses
  readonly onViolation: OnViolation
  /** Which providers a violation has closed. */
  readonly doors?: RestrictedDoors | undefined
  /** Several keys that take turns; a single one is among `headers`. */
  readonly keys?: KeyRing | undefined
  /** Undefined without tracing. */
  readonly traceparentOf?: TraceparentOf | undefined
}

/** The `traceparent` of one sending; undefined where it has none. */
export type TraceparentOf = (attempt: FundedAttempt) => string | undefined

/**
 * A provider's HTTP/1.1 pool. Redirects are never followed and proxy variables are not read: undici's Pool does
 * neither, and a redirect arrives as a 3xx reply, which is a failure.
 */
export class Upstream {
  readonly #options: UpstreamOptions
  readonly #pool: PoolOfUndici
  readonly #basePath: string
  readonly #headers: string[]
  readonly #postHeaders: string[]
  /** With each key of the ring, in its order. */
  readonly #keyHeaders: readonly { readonly ask: string[]; readonly post: string[] }[]
  readonly #addressRefused: boolean

  constructor(options: UpstreamOptions) {
    this.#options = options
    const url = new URL(options.baseUrl)
    this.#basePath = url.pathname === '/' ? '' : url.pathname
    this.#headers = ['accept-encoding', 'identity']
    for (const [name, value] of Object.entries(options.headers)) this.#headers.push(name, value)
    this.#postHeaders = [...this.#headers, 'content-type', 'application/json']
    const { keys } = options
    this.#keyHeaders = (keys?.values ?? []).map((value) => ({
      ask: [...this.#headers, keys?.header ?? '', value],
      post: [...this.#postHeaders, keys?.header ?? '', value],
    }))
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const mustBeLocal = options.ref.location === 'local'
    this.#addressRefused = mustBeLocal && isIP(host) !== 0 && !options.localAddresses.includes(host)
    const lookup = mustBeLocal ? this.#localLookup() : undefined
    this.#pool = new Pool(url.origin, {
      connections: options.maxConnections,
      pipelining: 1,
      allowH2: false,
      connect: { timeout: options.timeouts.connectMs, ...(lookup ? { lookup } : {}) },
      headersTimeout: options.timeouts.firstByteMs,
      bodyTimeout: options.timeouts.idleMs,
      keepAliveTimeout: 15_000,
    })
  }

  /**
   * The check of `post` by itself, for adapters that connect elsewhere first, such as for a token.
   * @throws ProviderFailure
   */
  assertMaySend(attempt: FundedAttempt): void {
    assertMaySend(attempt, this.#options.onViolation, this.#options.doors)
  }

  /**
   * Sends a cleared and funded attempt's body.
   * @param headers names and values in turn, `content-type` among them, in place of the usual ones: for requests that
   * carry a signature of their own.
   * @throws ProviderFailure
   */
  post(
    attempt: FundedAttempt,
    path: string,
    body: Buffer,
    signal: CancelSignal,
    headers: readonly string[] = [],
  ): Promise<UpstreamReply> {
    this.assertMaySend(attempt)
    return this.#dispatch('POST', path, body, signal, headers, this.#options.traceparentOf?.(attempt))
  }

  /** For questions that carry no request data: model lists, versions. @throws ProviderFailure */
  ask(
    method: 'GET' | 'POST',
    path: string,
    body: Buffer | undefined,
    signal: CancelSignal,
    headers: readonly string[] = [],
  ): Promise<UpstreamReply> {
    return this.#dispatch(method, path, body, signal, headers)
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  #dispatch(
    method: 'GET' | 'POST',
    path: string,
    body: Buffer | undefined,
    signal: CancelSignal,
    own: readonly string[],
    traceparent?: string,
  ): Promise<UpstreamReply> {
    if (this.#addressRefused) return Promise.reject(this.#refuseAddress())
    const { keys } = this.#options
    if (keys) return this.#dispatchInTurn(keys, method, path, body, signal, traceparent)
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(this.#options.ref.name, signal, resolve, reject)
      if (signal.cancelled) return
      const usual = body && own.length === 0 ? this.#postHeaders : this.#headers
      const headers = withTrace(own.length === 0 ? usual : [...usual, ...own], traceparent)
      this.#pool.dispatch({ method, path: this.#basePath + path, headers, body: body ?? null }, exchange)
    })
  }

  /** With the key whose turn it is, which is told what its reply means for it. */
  #dispatchInTurn(
    keys: KeyRing,
    method: 'GET' | 'POST',
    path: string,
    body: Buffer | undefined,
    signal: CancelSignal,
    traceparent: string | undefined,
  ): Promise<UpstreamReply> {
    const index = keys.choose()
    const headers = index === undefined ? undefined : this.#keyHeaders[index]
    if (index === undefined || !headers) return Promise.reject(this.#noKey(keys))
    return new Promise((resolve, reject) => {
      const told = (reply: UpstreamReply) => {
        exchange.keys = keys.told(index, reply.status, retryAfterOf(reply))
        resolve(reply)
      }
      const exchange = new Exchange(this.#options.ref.name, signal, told, reject)
      if (signal.cancelled) return
      const sent = withTrace(body ? headers.post : headers.ask, traceparent)
      this.#pool.dispatch({ method, path: this.#basePath + path, headers: sent, body: body ?? null }, exchange)
    })
  }

  #noKey(keys: KeyRing): ProviderFailure {
    const { name } = this.#options.ref
    const { readyInSeconds } = keys.state()
    if (readyInSeconds === undefined) {
      const message = `${name} accepts none of our keys: check its api_keys and start again.`
      return new ProviderFailure('account', { provider: name, message, dispatched: false })
    }
    const message = `${name} has asked for patience with each of our keys.`
    return new ProviderFailure('rate_limited', {
      provider: name,
      message,
      retryAfterSeconds: readyInSeconds,
      dispatched: false,
    })
  }

  #localLookup() {
    const { ref, localAddresses, doors } = this.#options
    return localOnlyLookup(
      localAddresses,
      () => this.#refuseAddress(),
      () => doors?.addressProven(ref.name),
    )
  }

  #refuseAddress(): ProviderFailure {
    const { name } = this.#options.ref
    this.#options.onViolation({ provider: name, cause: 'address_not_local' })
    const message = `${name} is declared local, but its address is neither loopback nor in privacy.local_networks; nothing was sent.`
    return new ProviderFailure('privacy_refused', { provider: name, message, dispatched: false })
  }
}

function withTrace(headers: string[], traceparent: string | undefined): string[] {
  return traceparent === undefined ? headers : [...headers, 'traceparent', traceparent]
}
