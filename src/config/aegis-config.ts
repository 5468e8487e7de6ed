// Owns the shape of a loaded configuration: complete, checked, frozen. The rest of the program reads only this.

import type { ConfiguredPrice } from '../domain/configured-price.ts'
import type { DataClassification } from '../domain/data-classification.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { RoutingRule } from '../domain/routing-rule.ts'
import type { Secret } from '../domain/secret.ts'

export type { ConfiguredPrice, RoutingRule }

/** A configured upstream: what everybody may know, plus what its adapter needs. */
export interface ProviderConfig extends ProviderRef {
  /** Without a trailing slash: `https://api.openai.com/v1`. */
  readonly baseUrl: string
  readonly apiKey: Secret | undefined
  /** Set when a key is required and its variable is unset: the provider is closed, and this says how to open it. */
  readonly closedBecause: string | undefined
  readonly organization: string | undefined
  /** Amazon Bedrock and Google Vertex only, and only when stated. */
  readonly account?: CloudAccount | undefined
  /** Extra request headers, from the configuration only. */
  readonly headers: Readonly<Record<string, string>>
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number; readonly idleMs: number }
  /** Sockets to this provider at the most. */
  readonly maxConnections: number
  /** Ollama only: how long a model stays loaded after an answer, as Ollama spells it: `5m`, `-1`. */
  readonly keepAlive: string | undefined
  /** Ollama only: the largest context window asked for, in tokens. */
  readonly maxContextTokens: number
  /** Where in the configuration file it is, for messages: `aegis.yml:4`. */
  readonly where: string
}

/** What signs requests where a key is not all there is. */
export interface CloudAccount {
  /** Of Amazon or Google: `eu-central-1`, `europe-west4`. */
  readonly region: string | undefined
  /** Of Amazon. */
  readonly keys:
    | { readonly accessKeyId: string; readonly secretAccessKey: Secret; readonly sessionToken: Secret | undefined }
    | undefined
  /** Google's JSON file of a service account or of a user. */
  readonly credentialsFile: string | undefined
}

export interface AegisConfig {
  /** The file it came from, or how it was found: `discovered`, `sandbox`. */
  readonly source: string
  readonly providers: readonly ProviderConfig[]
  readonly routing: {
    readonly rules: readonly RoutingRule[]
    /** Provider names, in the order in which they are tried after the chosen one. */
    readonly fallback: readonly string[]
    readonly defaultProvider: string
    /** Upstream calls a request may make at the most, over all candidates. */
    readonly maxAttempts: number
    /** The deadline of a whole request. */
    readonly timeoutMs: number
  }
  readonly privacy: {
    /** The level of a request that declares nothing. */
    readonly defaultClassification: DataClassification
    readonly onExplicitCloudModel: 'reroute' | 'reject'
    /** CIDR blocks, beside loopback, that count as local: `10.1.0.0/16`. */
    readonly localNetworks: readonly string[]
  }
  /** By provider, then by model or `*`. */
  readonly pricing: Readonly<Record<string, Readonly<Record<string, ConfiguredPrice>>>>
  readonly budgets: {
    /** By provider name. */
    readonly monthlyLimits: Readonly<Record<string, NanoUsd>>
    /** IANA time zone in which months begin. */
    readonly timeZone: string
    readonly onExceeded: 'fallback' | 'reject'
    /** The HTTP status of budget_exceeded: 402 unless told otherwise. */
    readonly exceededStatus: 402 | 403 | 429
    /** The smallest answer worth paying for when money is short, in tokens. */
    readonly minOutputTokens: number
  }
  readonly ledger: { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'memory' }
  readonly auth: { readonly masterKey: Secret | undefined }
  readonly server: {
    readonly host: string
    readonly port: number
    readonly maxBodyBytes: number
    /** How long a stop waits for running streams. */
    readonly drainMs: number
  }
  /** What the operator should know, each with the line or variable that would change it. */
  readonly notices: readonly ConfigNotice[]
}

export interface ConfigNotice {
  readonly level: 'info' | 'warning'
  readonly message: string
}
