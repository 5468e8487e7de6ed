// Owns the access tokens of Google Cloud, from a credentials file: they too are asked for through our transport.
import { createSign } from 'node:crypto'
import { Cancellation } from '../../domain/cancellation.ts'
import type { Clock } from '../../domain/clock.ts'
import { type FailureKind, ProviderFailure } from '../../domain/provider-failure.ts'
import { statusFailure } from '../transport/status-failure.ts'
import type { Upstream } from '../transport/upstream.ts'
import { asObject, numberOf, parseJson, textOf } from './json-reading.ts'

const DEFAULT_TOKEN_URI = 'https://oauth2.googleapis.com/token'
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const MAX_TOKEN_BYTES = 64 * 1024
/** A token is renewed this long before it ends, so that none ends on its way. */
const RENEWAL_MS = 120_000

export interface GoogleTokensOptions {
  readonly provider: string
  /** The text of the file: a service account's key or a user's, as `gcloud auth application-default login` writes it. */
  readonly readCredentials: () => Promise<string>
  /** A connection to the host that gives tokens, which the file names. */
  readonly connect: (origin: string) => Upstream
  readonly clock: Clock
}

interface Token {
  readonly text: string
  readonly renewAtMs: number
}

/** Tokens that are shared by all attempts; one question at a time. */
export class GoogleTokens {
  readonly #options: GoogleTokensOptions
  #upstream: Upstream | undefined
  #token: Token | undefined
  #asking: Promise<Token> | undefined

  constructor(options: GoogleTokensOptions) {
    this.#options = options
  }

  /** @throws ProviderFailure that says that nothing was sent: a token carries no request. */
  async current(): Promise<string> {
    if (this.#token && this.#options.clock.monotonicMs() < this.#token.renewAtMs) return this.#token.text
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    this.#token = await this.#asking
    return this.#token.text
  }

  async close(): Promise<void> {
    await this.#upstream?.close()
  }

  async #ask(): Promise<Token> {
    const { clock } = this.#options
    const credentials = asObject(parseJson(await this.#read()))
    const uri = textOf(credentials.token_uri) ?? DEFAULT_TOKEN_URI
    const form = this.#form(credentials, uri)
    if (!URL.canParse(uri)) throw this.#failure('account', 'has a credentials file whose token_uri is no address')
    const { origin, pathname } = new URL(uri)
    this.#upstream ??= this.#options.connect(origin)
    const askedAtMs = clock.monotonicMs()
    const headers = ['content-type', 'application/x-www-form-urlencoded']
    try {
      const body = Buffer.from(form.toString())
      const reply = await this.#upstream.ask('POST', pathname, body, new Cancellation(), headers)
      if (reply.status !== 200) throw await statusFailure(this.#options.provider, reply)
      const answer = asObject(parseJson((await reply.collect(MAX_TOKEN_BYTES)).toString('utf8')))
      const text = textOf(answer.access_token)
      if (text === undefined) throw this.#failure('account', 'was given no access token by Google')
      const lifeMs = (numberOf(answer.expires_in) ?? 3600) * 1000
      return { text, renewAtMs: askedAtMs + Math.max(0, lifeMs - RENEWAL_MS) }
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error
      const { kind, upstreamStatus } = error
      const isOurs = kind === 'rejected' || kind === 'account' || kind === 'model_missing'
      if (!isOurs) throw this.#failure(kind, `cannot be asked, because Google gave no access token (${kind})`)
      const status = upstreamStatus === undefined ? '' : ` (HTTP ${upstreamStatus})`
      throw this.#failure('account', `has credentials for which Google gives no access token${status}`)
    }
  }

  async #read(): Promise<string> {
    try {
      return await this.#options.readCredentials()
    } catch {
      throw this.#failure('account', 'has a credentials_file that cannot be read')
    }
  }

  /** https://developers.google.com/identity/protocols/oauth2/service-account and .../oauth2/web-server#offline */
  #form(credentials: ReturnType<typeof asObject>, uri: string): URLSearchParams {
    const { type, client_email, private_key, private_key_id, client_id, client_secret, refresh_token } = credentials
    if (type === 'service_account' && typeof client_email === 'string' && typeof private_key === 'string') {
      const now = Math.floor(this.#options.clock.wallMs() / 1000)
      const claims = { iss: client_email, scope: SCOPE, aud: uri, iat: now, exp: now + 3600 }
      const assertion = this.#signed(claims, private_key, textOf(private_key_id))
      return new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
    }
    if (type === 'authorized_user' && typeof client_id === 'string' && typeof refresh_token === 'string') {
      const secret = textOf(client_secret) ?? ''
      return new URLSearchParams({ grant_type: 'refresh_token', client_id, client_secret: secret, refresh_token })
    }
    throw this.#failure('account', 'has a credentials_file that is neither a service account’s nor a user’s')
  }

  #signed(claims: object, key: string, keyId: string | undefined): string {
    const header = { alg: 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) }
    const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    try {
      return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`
    } catch {
      throw this.#failure('account', 'has a credentials_file whose private_key is no key')
    }
  }

  #failure(kind: FailureKind, what: string): ProviderFailure {
    const { provider } = this.#options
    return new ProviderFailure(kind, { provider, message: `${provider} ${what}.`, dispatched: false })
  }
}
