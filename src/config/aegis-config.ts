// Owns the shape of a loaded configuration: complete, checked, frozen. The rest of the program reads only this.

import type { Budget } from '../domain/budget.ts'
import type { ConfiguredPrice } from '../domain/configured-price.ts'
import type { DataClassification } from '../domain/data-classification.ts'
import type { ModelFacts } from '../domain/model-facts.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { KeyHeader, OpenAIWireTraits } from '../domain/openai-wire-traits.ts'
import type { PrivacyException } from '../domain/privacy-exception.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { RateLimits } from '../domain/rate-limits.ts'
import type { RolloutPlan } from '../domain/rollout.ts'
import type { RoutingRule } from '../domain/routing-rule.ts'
import type { Secret } from '../domain/secret.ts'

export type { ConfiguredPrice, RoutingRule }

/** A configured upstream: what everybody may know, plus what its adapter needs. */
export interface ProviderConfig extends ProviderRef {
  /** Without a trailing slash: `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** The known service or program that it is: `groq`, `vllm`; undefined when it is none. */
  readonly preset: string | undefined
  readonly apiKey: Secret | undefined
  /** In place of `apiKey`: they take turns. */
  readonly apiKeys: readonly Secret[]
  readonly keyHeader: KeyHeader
  /** What its server does differently on the OpenAI wire. */
  readonly traits: OpenAIWireTraits
  /** What the configuration says of its models, by their names. */
  readonly modelFacts: Readonly<Record<string, ModelFacts>>
  /** Set when a key is required and its variable is unset: the provider is closed, and this says how to open it. */
  readonly closedBecause: string | undefined
  readonly organization: string | undefined
  /** Amazon Bedrock and Google Vertex only, and only when stated. */
  readonly account?: CloudAccount | undefined
  /** Extra request headers, from the configuration only. Some are keys, such as Azure's `api-key`. */
  readonly headers: Readonly<Record<string, Secret>>
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number; readonly idleMs: number }
  /** Sockets to this provider at the most. */
  readonly maxConnections: number
  /** Its share among the providers of its group; undefined where none is given. */
  readonly weight: number | undefined
  /** Requests it has at once, those that may wait, and for how long; undefined where they are not bounded. */
  readonly slots:
    | { readonly maxConcurrent: number; readonly maxQueue: number; readonly queueTimeoutMs: number }
    | undefined
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

/** Where spending is kept. `journal` is the folder of the processes' journals; `fsync` guards against power loss. */
export type LedgerConfig =
  | { readonly kind: 'sqlite'; readonly path: string; readonly journal: string; readonly fsync: boolean }
  | { readonly kind: 'postgres'; readonly url: Secret; readonly journal: string; readonly fsync: boolean }
  | { readonly kind: 'memory' }

/** Where OpenTelemetry is sent. */
export interface OtelConfig {
  /** Without a trailing slash: `http://localhost:4318`. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, Secret>>
  readonly serviceName: string
  /** From 0 to 1, of the requests that bring no trace of their own. */
  readonly sampleRatio: number
  readonly metricsEveryMs: number
  /** Whether spans have messages and answers. */
  readonly content: boolean
}

/** Where LangSmith runs are sent. */
export interface LangSmithConfig {
  readonly apiKey: Secret
  readonly endpoint: string
  readonly project: string
  /** Whether runs have messages and answers. */
  readonly content: boolean
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export interface AegisConfig {
  /** The file it came from, or how it was found: `discovered`, `sandbox`. */
  readonly source: string
  readonly providers: readonly ProviderConfig[]
  readonly routing: {
    readonly rules: readonly RoutingRule[]
    /** Provider names, in the order in which they are tried after the chosen one. */
    readonly fallback: readonly string[]
    /** Names of providers that share their requests, group by group. A provider is in one group at the most. */
    readonly groups: readonly (readonly string[])[]
    readonly defaultProvider: string
    /** Upstream calls a request may make at the most, over all candidates. */
    readonly maxAttempts: number
    /** The deadline of a whole request. */
    readonly timeoutMs: number
    /** Times that the last candidate left is asked again, within `maxAttempts`. */
    readonly maxRetries: number
    /** Consecutive failures within a window that open a breaker, and how long it stays open. */
    readonly breaker: { readonly failures: number; readonly windowMs: number; readonly cooldownMs: number }
  }
  readonly privacy: {
    /** The level of a request that declares nothing. */
    readonly defaultClassification: DataClassification
    readonly onExplicitCloudModel: 'reroute' | 'reject'
    /** The search for sensitive data that nobody declared. */
    readonly detect: {
      readonly enabled: boolean
      readonly names: 'off' | 'balanced' | 'strict'
      readonly trustsDeclared: boolean
      readonly acceptsDeclaredBinary: boolean
      readonly ignoredTypes: readonly string[]
      readonly dictionaries: readonly { readonly name: string; readonly terms: readonly string[] }[]
      readonly patterns: readonly { readonly name: string; readonly pattern: string }[]
    }
    /** CIDR blocks, beside loopback, that count as local: `10.1.0.0/16`. */
    readonly localNetworks: readonly string[]
    /** How long a conversation that was restricted stays so. */
    readonly rememberMs: number
    /** Verified, and not expired when the configuration was read. */
    readonly exceptions: readonly PrivacyException[]
    /** Undefined when nothing is recorded. */
    readonly audit: { readonly folder: string; readonly restrictedOnly: boolean } | undefined
  }
  /** By provider, then by model or `*`. */
  readonly pricing: Readonly<Record<string, Readonly<Record<string, ConfiguredPrice>>>>
  readonly budgets: {
    /** The calendar month's limits by provider name; they are among `all`. */
    readonly monthlyLimits: Readonly<Record<string, NanoUsd>>
    /** Every limit of the configuration; the ledger may have more, set at run time. */
    readonly all: readonly Budget[]
    /** IANA time zone in which days, weeks and months begin. */
    readonly timeZone: string
    readonly onExceeded: 'fallback' | 'reject'
    /** The HTTP status of budget_exceeded: 402 unless told otherwise. */
    readonly exceededStatus: 402 | 403 | 429
    /** The smallest answer worth paying for when money is short, in tokens. */
    readonly minOutputTokens: number
    /** Per cent of a limit, ascending, at which an alert is sent. */
    readonly alertAtPercent: readonly number[]
    /** Where alerts are posted. */
    readonly webhook: { readonly url: string; readonly secret: Secret } | undefined
  }
  readonly ledger: LedgerConfig
  /** A candidate policy that takes over step by step; undefined when none is configured. */
  readonly rollout: RolloutPlan | undefined
  /** The file of what providers listed of their models, beside the ledger's; undefined where nothing is kept. */
  readonly modelListingPath: string | undefined
  /** What is kept of responses, files and batches. */
  readonly content: {
    /** Seals it; undefined for the key in `keyPath`, and without that for one that ends with the process. */
    readonly key: Secret | undefined
    readonly keyPath: string | undefined
    readonly keepMs: number
    readonly batchConcurrency: number
  }
  readonly auth: {
    readonly masterKey: Secret | undefined
    /** Opens everything as well, until whoever still has it has changed to the other. */
    readonly previousMasterKey: Secret | undefined
  }
  readonly telemetry: {
    readonly otel: OtelConfig | undefined
    readonly langsmith: LangSmithConfig | undefined
    /** For how many days decisions are kept; 0 for none. */
    readonly decisions: { readonly keepDays: number }
  }
  readonly limits: { readonly perKey: RateLimits; readonly perUser: RateLimits }
  /** Undefined when no answer is kept. */
  readonly cache: { readonly ttlMs: number; readonly maxBytes: number; readonly onlyDeterministic: boolean } | undefined
  readonly compat: 'any_llm' | undefined
  readonly server: {
    readonly host: string
    readonly port: number
    readonly maxBodyBytes: number
    /** How the log is written; `auto` is pretty on a terminal and JSON otherwise. */
    readonly log: 'auto' | 'json' | 'pretty' | 'silent'
    readonly logLevel: LogLevel
    /** How long a stop waits for running streams. */
    readonly drainMs: number
    /** Where a thread of its own answers whether the process is alive; undefined where none does. */
    readonly livenessPort: number | undefined
    /** How long the event loop may stand still before the process counts as hanging. */
    readonly hangAfterMs: number
  }
  /** What the operator should know, each with the line or variable that would change it. */
  readonly notices: readonly ConfigNotice[]
}

export interface ConfigNotice {
  readonly level: 'info' | 'warning'
  readonly message: string
}
