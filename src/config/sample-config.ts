// Owns the text of the configuration that `aegis init` writes.

export interface SampleOptions {
  /** Models that the Ollama on this machine has, the default first. */
  readonly localModels?: readonly string[]
}

/**
 * A commented configuration that loads as it is once AEGIS_MASTER_KEY is set: providers without a key stay closed.
 * It holds no key, only the names of the variables that do.
 */
export function sampleConfig({ localModels = [] }: SampleOptions = {}): string {
  const models = (localModels.length === 0 ? ['llama3.2'] : localModels)
    .map((model) => JSON.stringify(model))
    .join(', ')
  return `# yaml-language-server: $schema=./node_modules/aegis-llm/config.schema.json
# Aegis configuration. \`aegis check\` says what is wrong with it and reaches every provider.
# \${NAME} is an environment variable, \${NAME:-text} has a default, and $$ is a dollar sign.

# The names are yours. Kind and location follow from name and address, and can be stated: kind, location.
providers:
  # Restricted data (confidential, pii, hipaa) goes to local providers only.
  local_ollama:
    base_url: http://localhost:11434
    models: [${models}] # the first is the default
  ollama_cloud:
    base_url: https://ollama.com
    api_key: \${OLLAMA_API_KEY} # unset, the provider is closed and the others work
    models: ["gpt-oss:120b"]
  openai:
    api_key: \${OPENAI_API_KEY}
    organization: \${OPENAI_ORGANIZATION} # may stay unset
    models: [gpt-5.4, gpt-5.4-mini]
  # 26 others are known by name; docs/reference/providers.md lists them:
  # groq: { api_key: \${GROQ_API_KEY}, models: [openai/gpt-oss-120b] }

# In US dollars for a calendar month. No request starts that could exceed them.
budgets:
  monthly_limits: { ollama_cloud: 120.0, openai: 80.0 }
  time_zone: UTC
  on_exceeded: fallback # or reject

# Only for prices that are not known or not right. A model of unknown price is refused.
# pricing:
#   ollama_cloud: { free: true } # a subscription has no price per token
#   openai: { gpt-5.4: { input_per_million: 2.5, output_per_million: 15, cached_input_per_million: 0.25 } }

routing:
  default_provider: local_ollama
  quality_critical_provider: openai
  batch_processing_provider: ollama_cloud
  # Your own rules come before the default ones, except that restricted data always stays local.
  # rules:
  #   - { name: night_batches, when: { tags: [nightly], batch_size_over: 100 }, use: local_ollama }

privacy:
  default_classification: internal # public, internal, confidential, pii, hipaa
  on_explicit_cloud_model: reroute # or reject
  # Machines of yours that may receive restricted data:
  # local_networks: [10.1.0.0/16]

auth:
  master_key: \${AEGIS_MASTER_KEY} # openssl rand -hex 32 makes one

# What virtual keys (aegis keys create) and users may do; all processes of a ledger share it.
# limits:
#   per_key: { requests_per_minute: 600, parallel_requests: 20 }
#   per_user: { tokens_per_minute: 200000 }

# Answers that are given again, never those to restricted data.
# cache: { enabled: true, ttl_seconds: 300 }

server:
  host: 127.0.0.1
  port: 8080

ledger: sqlite:./aegis.db
`
}
