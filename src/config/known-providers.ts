// Owns the table of cloud providers that discovery knows by the environment variable of their key.

/** A provider that speaks the OpenAI wire. */
export interface KnownProvider {
  /** Its name in the discovered configuration. */
  readonly name: string
  /** Where its own documentation says the key is kept. */
  readonly variable: string
  readonly base_url: string
  /** Served and in the price book in late 2026; the first is the default. */
  readonly models: readonly string[]
}

/**
 * Addresses and models by the providers' documentation (November 2026), limited to models that the price book
 * (genai-prices 0.1.8) can price, since a model of unknown price is refused.
 */
export const knownProviders: readonly KnownProvider[] = [
  {
    // docs.mistral.ai/resources/migration-guides
    name: 'mistral',
    variable: 'MISTRAL_API_KEY',
    base_url: 'https://api.mistral.ai/v1',
    models: ['mistral-small-latest', 'mistral-large-latest'],
  },
  {
    // console.groq.com/docs/models: the production models
    name: 'groq',
    variable: 'GROQ_API_KEY',
    base_url: 'https://api.groq.com/openai/v1',
    models: ['openai/gpt-oss-120b', 'openai/gpt-oss-20b'],
  },
  {
    // api-docs.deepseek.com: `deepseek-flash` is the current name, and this older one, still accepted, the priced one
    name: 'deepseek',
    variable: 'DEEPSEEK_API_KEY',
    base_url: 'https://api.deepseek.com/v1',
    models: ['deepseek-v4-flash'],
  },
  {
    // docs.together.ai/docs/inference/openai-compatibility; the price book knows the older of its two host names
    name: 'together',
    variable: 'TOGETHER_API_KEY',
    base_url: 'https://api.together.xyz/v1',
    models: ['meta-llama/Llama-3.3-70B-Instruct-Turbo'],
  },
  {
    name: 'openrouter',
    variable: 'OPENROUTER_API_KEY',
    base_url: 'https://openrouter.ai/api/v1',
    models: ['openai/gpt-oss-120b'],
  },
  {
    // docs.x.ai/docs/migration/may-15-retirement
    name: 'xai',
    variable: 'XAI_API_KEY',
    base_url: 'https://api.x.ai/v1',
    models: ['grok-4.3'],
  },
  {
    name: 'fireworks',
    variable: 'FIREWORKS_API_KEY',
    base_url: 'https://api.fireworks.ai/inference/v1',
    models: ['accounts/fireworks/models/gpt-oss-120b'],
  },
  {
    // inference-docs.cerebras.ai/support/deprecation
    name: 'cerebras',
    variable: 'CEREBRAS_API_KEY',
    base_url: 'https://api.cerebras.ai/v1',
    models: ['gpt-oss-120b'],
  },
  {
    // ai.google.dev/gemini-api/docs/deprecations
    name: 'gemini',
    variable: 'GEMINI_API_KEY',
    base_url: 'https://generativelanguage.googleapis.com/v1beta/openai',
    models: ['gemini-3.5-flash-lite'],
  },
]
