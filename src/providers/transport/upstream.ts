// Owns the connections to one provider: a keep-alive pool, its time-outs, and the second lock on every send.
import { isIP } from 'node:net'
import { Pool } from 'undici'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { CancelSignal } from '../../domain/cancellation.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import { assertMaySend, type LocalAddresses, localOnlyLookup, type OnViolation } from './egress-guard.ts'
import { Exchange, type UpstreamReply } from './exchange.ts'

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
}

/**
 * A provider's HTTP/1.1 pool. Redirects are never followed and proxy variables are not read: undici's Pool does
 * neither, and a redirect arrives as a 3xx reply, which is a failure.
 */
export class Upstream {
  readonly #options: UpstreamOptions
  readonly #pool: Pool
  readonly #basePath: string
  readonly #headers: string[]
  readonly #postHeaders: string[]
  readonly #addressRefused: boolean

  constructor(options: UpstreamOptions) {
    this.#options = options
    const url = new URL(options.baseUrl)
    this.#basePath = url.pathname === '/' ? '' : url.pathname
    this.#headers = ['accept-encoding', 'identity']
    for (const [name, value] of Object.entries(options.headers)) this.#headers.push(name, value)
    this.#postHeaders = [...this.#headers, 'content-type', 'application/json']
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const mustBeLocal = options.ref.location === 'local'
    this.#addressRefused = mustBeLocal && isIP(host) !== 0 && !options.localAddresses.includes(host)
    const lookup = mustBeLocal ? localOnlyLookup(options.localAddresses, () => this.#refuseAddress()) : undefined
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
    assertMaySend(attempt, this.#options.onViolation)
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
    return this.#dispatch('POST', path, body, signal, headers)
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
  ): Promise<UpstreamReply> {
    if (this.#addressRefused) return Promise.reject(this.#refuseAddress())
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(this.#options.ref.name, signal, resolve, reject)
      if (signal.cancelled) return
      const usual = body && own.length === 0 ? this.#postHeaders : this.#headers
      const headers = own.length === 0 ? usual : [...usual, ...own]
      this.#pool.dispatch({ method, path: this.#basePath + path, headers, body: body ?? null }, exchange)
    })
  }

  #refuseAddress(): ProviderFailure {
    const { name } = this.#options.ref
    this.#options.onViolation({ provider: name, cause: 'address_not_local' })
    const message = `${name} is declared local, but its address is neither loopback nor in privacy.local_networks; nothing was sent.`
    return new ProviderFailure('privacy_refused', { provider: name, message, dispatched: false })
  }
}
