// Owns what the rest of the program knows of a configured provider: its name, kind and place, never its key.
import type { Location } from './location.ts'

/** The wires an upstream can speak. */
export const providerKinds = [
  'ollama',
  'openai',
  'openai_compatible',
  'anthropic',
  'google',
  'vertex',
  'bedrock',
  'cohere',
] as const
export type ProviderKind = (typeof providerKinds)[number]

/** The part a provider plays in the default routing rules. */
export const providerRoles = ['local', 'cloud', 'openai'] as const
export type ProviderRole = (typeof providerRoles)[number]

export interface ProviderRef {
  /** The operator's name for it, unique in a configuration. */
  readonly name: string
  readonly kind: ProviderKind
  readonly location: Location
  /** Which of a task's `modelLocal`, `modelCloud` and `modelOpenai` names the model here. */
  readonly role: ProviderRole
  /** Configured models, the default first. */
  readonly models: readonly string[]
  /** It has OpenAI's route `/responses`, and is sent requests for responses as they came. */
  readonly responses?: boolean | undefined
  /** Simulated by the sandbox: marked as such in every answer. */
  readonly simulated: boolean
}
