// Owns the step from a provider's checked entry to its complete configuration.
import { type ModelFacts, onlyThese } from '../domain/model-facts.ts'
import { isCloudModelName } from '../domain/model-location.ts'
import { bearerKey, plainTraits } from '../domain/openai-wire-traits.ts'
import { Secret } from '../domain/secret.ts'
import type { ProviderConfig } from './aegis-config.ts'
import { checkCloudSettings, cloudAccountOf, whyServiceClosed } from './ai-sdk-settings.ts'
import type { Findings } from './findings.ts'
import { type InferredProvider, inferProvider } from './infer-provider.ts'
import { openAIPreset } from './presets/presets.ts'
import { isHostOf } from './provider-address.ts'
import type { ProviderEntry } from './provider-schema.ts'
import { pathText, type SettingPath } from './source-tree.ts'

const timeoutDefaults = {
  cloud: { connectMs: 5_000, firstByteMs: 60_000, idleMs: 60_000 },
  // Loading a model into memory precedes the first byte.
  local: { connectMs: 2_000, firstByteMs: 300_000, idleMs: 120_000 },
} as const

const DEFAULT_MAX_CONNECTIONS = 1024
/** One GPU answers a few requests at once, and Ollama queues the others: https://docs.ollama.com/faq, OLLAMA_MAX_QUEUE. */
const LOCAL_OLLAMA_CONCURRENT = 16
const DEFAULT_MAX_QUEUE = 512
const DEFAULT_QUEUE_TIMEOUT_MS = 60_000
const DEFAULT_MAX_CONTEXT_TOKENS = 32_768

/** What completing an entry needs to know of the rest. */
export interface ProviderSurroundings {
  readonly localNetworks: readonly string[]
  /** Unset variables by the path text of the setting that names them. */
  readonly unsetVariables: ReadonlyMap<string, string>
  readonly findings: Findings
}

/** Undefined when the entry has no usable address; the problem is then in the findings. */
export function buildProvider(
  name: string,
  entry: ProviderEntry,
  { localNetworks, unsetVariables, findings }: ProviderSurroundings,
): ProviderConfig | undefined {
  const path: SettingPath = ['providers', name]
  const inferred = inferProvider(name, entry, localNetworks)
  if ('level' in inferred) {
    findings.problem([...path, inferred.key], inferred.message)
    return undefined
  }
  for (const { level, key, message } of inferred.remarks) {
    if (level === 'problem') findings.problem([...path, key], message)
    else findings.notice(level, `${name} (${findings.where([...path, key])}): ${message}`)
  }
  checkOllamaSettings(name, entry, inferred, findings)
  if (entry.api_key !== undefined && entry.api_keys !== undefined) {
    findings.problem(
      [...path, 'api_keys'],
      'stands beside api_key: put that key into the list and remove api_key',
      'key',
    )
  }

  checkCloudSettings(name, entry, inferred.kind, findings)

  const account = cloudAccountOf(entry)
  const closedBecause =
    whyServiceClosed(name, entry, inferred.kind, unsetVariables, findings) ??
    whyClosed(name, entry, inferred, unsetVariables, findings)
  if (closedBecause !== undefined) findings.notice('warning', `${name} is closed: ${closedBecause}`)
  const defaults = timeoutDefaults[inferred.location]
  return {
    name,
    kind: inferred.kind,
    location: inferred.location,
    role: inferred.role,
    models: entry.models.map(nameOf),
    modelFacts: factsOf(entry),
    simulated: entry.simulated ?? false,
    responses: hasResponses(name, entry, inferred, findings),
    baseUrl: inferred.baseUrl,
    preset: inferred.preset?.id,
    keyHeader: inferred.preset?.key ?? bearerKey,
    // Anthropic has no models that embed.
    traits:
      inferred.preset?.traits ?? (inferred.kind === 'anthropic' ? { ...plainTraits, embeds: false } : plainTraits),
    apiKey: entry.api_key === undefined ? undefined : new Secret(entry.api_key),
    apiKeys: (entry.api_keys ?? []).map((key) => new Secret(key)),
    closedBecause,
    organization: entry.organization,
    ...(account ? { account } : {}),
    headers: Object.fromEntries(Object.entries(entry.headers ?? {}).map(([name, value]) => [name, new Secret(value)])),
    timeouts: {
      connectMs: entry.connect_timeout_ms ?? defaults.connectMs,
      firstByteMs: entry.first_byte_timeout_ms ?? defaults.firstByteMs,
      idleMs: entry.idle_timeout_ms ?? defaults.idleMs,
    },
    maxConnections: entry.max_connections ?? DEFAULT_MAX_CONNECTIONS,
    weight: entry.weight,
    slots: slotsOf(entry, path, inferred, findings),
    keepAlive: entry.keep_alive,
    maxContextTokens: entry.max_context_tokens ?? DEFAULT_MAX_CONTEXT_TOKENS,
    where: findings.where(path),
  }
}

/** Only the address tells: many servers are of OpenAI's kind and few have the route. */
function hasResponses(name: string, { responses }: ProviderEntry, inferred: InferredProvider, findings: Findings) {
  const { kind, preset, baseUrl } = inferred
  const isOfWire = kind === 'openai' || kind === 'openai_compatible'
  if (responses !== undefined && !isOfWire) {
    const message = `is for the OpenAI wire only, and the kind is ${kind}: remove it`
    findings.problem(['providers', name, 'responses'], message, 'key')
  }
  if (!isOfWire) return false
  return responses ?? (preset === openAIPreset && isHostOf(new URL(baseUrl).hostname, 'openai.com'))
}

type ModelEntry = ProviderEntry['models'][number]

function nameOf(model: ModelEntry): string {
  return typeof model === 'string' ? model : model.name
}

/** Names come from requests, so the record has no prototype. */
function factsOf({ models }: ProviderEntry): Readonly<Record<string, ModelFacts>> {
  const stated = models.flatMap((model) => (typeof model === 'string' ? [] : [model]))
  const facts = stated.map(({ name, context_tokens, output_tokens, capabilities }) => [
    name,
    {
      contextTokens: context_tokens,
      outputTokens: output_tokens,
      capabilities: capabilities && onlyThese(capabilities),
    },
  ])
  return Object.assign(Object.create(null), Object.fromEntries(facts))
}

/** Undefined where as many requests are sent as come. */
function slotsOf(
  entry: ProviderEntry,
  path: SettingPath,
  { kind, location }: InferredProvider,
  findings: Findings,
): ProviderConfig['slots'] {
  const byDefault = kind === 'ollama' && location === 'local' ? LOCAL_OLLAMA_CONCURRENT : undefined
  const maxConcurrent = entry.max_concurrent ?? byDefault
  if (maxConcurrent === undefined) {
    for (const key of ['max_queue', 'queue_timeout_ms'] as const) {
      if (entry[key] !== undefined)
        findings.problem([...path, key], 'does nothing without max_concurrent: add it', 'key')
    }
    return undefined
  }
  return {
    maxConcurrent,
    maxQueue: entry.max_queue ?? DEFAULT_MAX_QUEUE,
    queueTimeoutMs: entry.queue_timeout_ms ?? DEFAULT_QUEUE_TIMEOUT_MS,
  }
}

function checkOllamaSettings(
  name: string,
  entry: ProviderEntry,
  { kind, location }: InferredProvider,
  findings: Findings,
) {
  const path: SettingPath = ['providers', name]
  for (const key of ['keep_alive', 'max_context_tokens'] as const) {
    if (kind !== 'ollama' && entry[key] !== undefined) {
      findings.problem([...path, key], `is for Ollama only, and the kind is ${kind}: remove it`, 'key')
    }
  }
  if (kind !== 'ollama' || location !== 'local') return
  entry.models.map(nameOf).forEach((model, index) => {
    // Ollama runs such models at ollama.com, behind a local address.
    if (isCloudModelName(model)) {
      const fix = 'move it to a provider with base_url: https://ollama.com'
      findings.problem([...path, 'models', index], `a model that ends with cloud does not run here: ${fix}`)
    }
  })
}

/**
 * A key is required at services that serve nobody without one, at ollama.com and wherever the configuration names a
 * variable for one, except of local and of simulated providers. A header of the configuration may bring it as well.
 */
function whyClosed(
  name: string,
  entry: ProviderEntry,
  { preset, location, isOllamaCloud }: InferredProvider,
  unsetVariables: ReadonlyMap<string, string>,
  findings: Findings,
): string | undefined {
  if (entry.api_key !== undefined || entry.api_keys !== undefined || entry.simulated === true || location === 'local')
    return undefined
  const keyName = preset?.key.name ?? bearerKey.name
  if (Object.keys(entry.headers ?? {}).some((header) => header.toLowerCase() === keyName)) return undefined
  const path: SettingPath = ['providers', name, 'api_key']
  const where = findings.where(path)
  const variable = unsetVariables.get(pathText(path))
  const sample = preset?.id === 'openai' ? 'sk-...' : '...'
  if (variable !== undefined) return `${variable} is not set: export ${variable}=${sample} (${where})`
  const usual = isOllamaCloud ? 'OLLAMA_API_KEY' : preset?.needsKey ? preset.variable : undefined
  return usual === undefined ? undefined : `it has no key: add api_key: \${${usual}} (${where})`
}
