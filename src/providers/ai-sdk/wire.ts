// Owns what one AI SDK package has to tell the adapter about its wire: how to make a model, and where wires differ.
import type { EmbeddingModelV4, LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider'
import type { FailureKind } from '../../domain/provider-failure.ts'
import type { UsagePlaceholder } from './missing-usage.ts'

/** What a wire is made from. Every value comes from the configuration; the packages never read a variable themselves. */
export interface WireSettings {
  /** Without a trailing slash. */
  readonly baseUrl: string
  /** Empty when the provider needs none. */
  readonly apiKey: string
  /** Extra request headers of the configuration. */
  readonly headers: Readonly<Record<string, string>>
}

/** A provider's error reply, read by its codes. */
export interface Refusal {
  /** Set where the HTTP status alone would say something else. */
  readonly kind?: FailureKind | undefined
  readonly retryAfterSeconds?: number | undefined
  /** The provider's words, for the caller only, and only if they do not repeat the prompt. */
  readonly message?: string | undefined
  /** The provider's own error code. */
  readonly code?: string | undefined
}

/** A question without a prompt, which shows whether the provider is there. */
export interface ProbeQuestion {
  /** What has to succeed first. @throws ProviderFailure */
  readonly prepare?: () => Promise<unknown>
  /** Path and query, from the host's root. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** The names of its models, or `undefined` when this question lists none: then any answer but a 5xx is good. */
  readonly models: ((body: unknown) => readonly string[]) | undefined
}

/** How the wire carries reasoning that must come back unchanged in the next turn. */
export type ReasoningProof = 'thinking_blocks' | 'thought_signature' | 'none'

/** What a request for embeddings says beside its texts. */
export interface EmbeddingWish {
  readonly dimensions: number | undefined
  /** What the vectors are for, in the provider's own words: `search_document`, `RETRIEVAL_QUERY`. */
  readonly purpose: string | undefined
}

export interface EmbeddingWire {
  model(model: string, fetch: typeof globalThis.fetch): EmbeddingModelV4
  options(model: string, wish: EmbeddingWish): SharedV4ProviderOptions
}

/** The wire by model: Vertex AI has models of two. */
export type WireOf = (model: string) => Wire

export interface Wire {
  /** Under this name the package reads options of its own, and reports its metadata. */
  readonly optionsName: string
  /**
   * The options that a request may set under `aegis.<kind>`. What could change the price of a token, send the prompt
   * elsewhere or make a second call is not among them, because the reservation would no longer hold.
   */
  readonly allowedOptions: readonly string[]
  /** Whether `response_format: json_object` exists on this wire, or has to be asked for in words. */
  readonly jsonMode: 'native' | 'words'
  readonly reasoningProof: ReasoningProof
  /** Media types that a message may hold as data. */
  readonly acceptedMedia: RegExp
  /** What `parallel_tool_calls: false` is here; `undefined` when the wire cannot say it. */
  readonly oneToolCall: SharedV4ProviderOptions | undefined
  /** What has to be said for reasoning that was asked for to be shown; `undefined` when it is shown anyway. */
  readonly showReasoning?: SharedV4ProviderOptions[string]
  /** What says on whose behalf a request is made; absent where the wire has no place for it. */
  userOption?(user: string): SharedV4ProviderOptions[string]
  /** What `cache_control` of a message part is here; `undefined` when the wire cannot say it. */
  readonly cachePoint: SharedV4ProviderOptions[string] | undefined
  model(model: string, fetch: typeof globalThis.fetch): LanguageModelV4
  /** Absent where nothing embeds. */
  readonly embedding?: EmbeddingWire
  /** Present where the package refuses replies that report no usage. */
  readonly usagePlaceholder?: UsagePlaceholder
  /** The cap on generated tokens that stands in a body which the package has made. */
  outputCapIn(body: Readonly<Record<string, unknown>>): number | undefined
  /** The budget for reasoning in such a body, where it stands on top of the cap that the package was given. */
  reasoningBudgetIn?(body: Readonly<Record<string, unknown>>): number | undefined
  /** The option that sets such a budget. */
  budgetOption?(tokens: number): SharedV4ProviderOptions[string]
  /** The options that ask for reasoning. */
  readonly reasoningOptions: readonly string[]
  readRefusal(status: number, body: unknown): Refusal
  readonly probe: ProbeQuestion
}

/** The members that are set. */
export function definedOptions(
  options: Readonly<Record<string, string | number | undefined>>,
): SharedV4ProviderOptions[string] {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as SharedV4ProviderOptions[string]
}
