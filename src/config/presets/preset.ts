// Owns what is known of a server of the OpenAI wire before anybody configures it.
import type { KeyHeader, OpenAIWireTraits } from '../../domain/openai-wire-traits.ts'
import type { ProviderRole } from '../../domain/provider-ref.ts'

/**
 * A service or a program that speaks the OpenAI wire, usable as `kind` under any name and any number of times.
 * @example providers: { groq: { api_key: ${GROQ_API_KEY}, models: [openai/gpt-oss-120b] } }
 */
export interface Preset {
  /** The `kind` that names it. */
  readonly id: string
  readonly title: string
  /** Where it is unless `base_url` says otherwise; undefined where every customer has an address of their own. */
  readonly baseUrl: string | undefined
  /** The path under which the wire lies when an address has none. Empty for none. */
  readonly path: string
  /** Domains at which an address means this service. */
  readonly domains: readonly string[]
  /** A program that its user runs: it has no domain, and its name counts at any address. */
  readonly selfHosted: boolean
  /** The environment variable in which its documentation keeps the key. */
  readonly variable: string
  /** Whether it serves nobody without a key. */
  readonly needsKey: boolean
  readonly key: KeyHeader
  /** Its part in the default rules where it is not the one that follows from its location. */
  readonly role: ProviderRole | undefined
  readonly traits: OpenAIWireTraits
  /** Whether the public price list has its models. Where it has not, they are refused until they are given a price. */
  readonly isPriced: boolean
  readonly discovery: Discovery
  /** Where these facts are documented. */
  readonly sources: readonly [string, ...string[]]
}

/** What an environment variable that is set means to a start without a configuration file. */
export type Discovery =
  /** The provider is used, with these models, the first one by default. */
  | { readonly by: 'key'; readonly models: readonly [string, ...string[]] }
  /** The variable is set for other purposes on many machines, so it is only said how the provider would be used. */
  | { readonly by: 'hint'; readonly models: readonly [string, ...string[]] }
  /** It is used with the models that it lists when it is asked. */
  | { readonly by: 'listing' }
  /** Address and model are in variables, too. */
  | { readonly by: 'variables'; readonly address: string; readonly model: string }
