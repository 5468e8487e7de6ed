// Owns what is used without a configuration file: an Ollama that answers, and the cloud providers whose keys are set.
import type { ConfigNotice } from './aegis-config.ts'
import { type AiSdkKind, aiSdkServices, isPackageInstalled, serviceOfKind } from './ai-sdk-services.ts'
import { findCloudAccounts } from './cloud-account-discovery.ts'
import { type Environment, setVariable } from './env-reference.ts'
import { isLoopback } from './local-network.ts'
import { DEFAULT_OLLAMA_URL, ollamaUrl } from './ollama-host.ts'
import { unpricedNotice } from './operator-notices.ts'
import type { Preset } from './presets/preset.ts'
import { otherPresets } from './presets/presets.ts'
import { isHostOf, OLLAMA_CLOUD_URL, readAddress } from './provider-address.ts'
import type { ConfigInput } from './schema.ts'

export interface DiscoverOptions {
  readonly env: Environment
  /** Asks a server on this machine for the names of its models; undefined when none answers there. */
  readonly probe: (baseUrl: string, wire: 'ollama' | 'openai', key?: string) => Promise<readonly string[] | undefined>
}

export interface Discovery {
  /** For `parseConfig`; keys are in it by reference only. Undefined when no provider was found. */
  readonly config: ConfigInput | undefined
  /** What was found, and what is missing with the line that would add it. */
  readonly notices: readonly ConfigNotice[]
}

type ProviderInput = ConfigInput['providers'][string]

/** One place that was looked at. */
interface Find {
  readonly providers: Readonly<Record<string, ProviderInput>>
  readonly notices: readonly ConfigNotice[]
}

/**
 * Looks for providers: Ollama at OLLAMA_HOST or 127.0.0.1:11434, Ollama Cloud, OpenAI, and others by their keys.
 * @example
 * const { config, notices } = await discover({ env: process.env, probe })
 * if (config) return parseConfig(config, { source: 'discovered', env: process.env, notices })
 */
export async function discover({ env, probe }: DiscoverOptions): Promise<Discovery> {
  const finds = [
    await findOllama(env, probe),
    findOllamaCloud(env),
    findOpenAi(env),
    findServices(env),
    await findPresets(env, probe),
  ]
  const providers: Record<string, ProviderInput> = Object.assign({}, ...finds.map((find) => find.providers))
  return {
    config: Object.keys(providers).length === 0 ? undefined : { providers },
    notices: finds.flatMap((find) => find.notices),
  }
}

async function findOllama(env: Environment, probe: DiscoverOptions['probe']): Promise<Find> {
  const stated = setVariable(env, 'OLLAMA_HOST')
  const url = stated === undefined ? DEFAULT_OLLAMA_URL : ollamaUrl(stated)
  if (url === undefined) return missing('warning', 'OLLAMA_HOST is not an address: export OLLAMA_HOST=127.0.0.1:11434')
  const host = hostOf(url)
  if (isHostOf(host, 'ollama.com')) return { providers: {}, notices: [] }

  const names = await probe(url, 'ollama').catch(() => undefined)
  if (!names)
    return missing('info', `no Ollama answers at ${url}: start one with \`ollama serve\`, or export OLLAMA_HOST=...`)
  // Ollama runs models with such names at ollama.com, behind the local address.
  const models = chatModelsFirst(names.filter((name) => !/[:-]cloud$/i.test(name)))
  if (models.length === 0)
    return missing('warning', `Ollama at ${url} has no model that runs there: \`ollama pull llama3.2\``)
  const name = isLoopback(host) ? 'local_ollama' : 'ollama'
  return found(name, { base_url: url, models }, `Ollama at ${url} with ${models.slice(0, 5).join(', ')}`)
}

/** An embedding model cannot answer a chat, so it should not be the default. */
function chatModelsFirst(names: readonly string[]): string[] {
  const isEmbedding = (name: string) => /embed|minilm|bge-|e5-/i.test(name)
  return [...names.filter((name) => !isEmbedding(name)), ...names.filter(isEmbedding)]
}

function findOllamaCloud(env: Environment): Find {
  const variable = ['OLLAMA_API_KEY', 'OLLAMA_CLOUD_API_KEY'].find((name) => setVariable(env, name) !== undefined)
  if (variable === undefined) return missing('info', 'Ollama Cloud is not used: export OLLAMA_API_KEY=...')
  const models = ['gpt-oss:120b']
  const entry = { base_url: OLLAMA_CLOUD_URL, api_key: `\${${variable}}`, models }
  const { providers, notices } = found('ollama_cloud', entry, `Ollama Cloud by ${variable}, with ${models.join(', ')}`)
  return { providers, notices: [...notices, { level: 'warning', message: unpricedNotice('ollama_cloud') }] }
}

/**
 * In the price list (genai-prices 0.1.8), and the first two with no end announced by late 2026. They are the newest
 * that take tools on chat completions as they come: from gpt-5.6 on that needs `reasoning_effort: none`
 * (community.openai.com/t/1386454). gpt-4o and gpt-4o-mini are there for clients that name them; OpenAI ends them on
 * 14 January 2027 (developers.openai.com/api/docs/deprecations).
 */
export const openAiModels = ['gpt-5.4', 'gpt-5.4-mini', 'gpt-4o', 'gpt-4o-mini', 'text-embedding-3-small']

function findOpenAi(env: Environment): Find {
  if (setVariable(env, 'OPENAI_API_KEY') === undefined) {
    return missing('info', 'OpenAI is not used: export OPENAI_API_KEY=sk-...')
  }
  const entry: ProviderInput = {
    base_url: `\${OPENAI_BASE_URL:-}`,
    api_key: `\${OPENAI_API_KEY}`,
    organization: `\${OPENAI_ORGANIZATION}`,
    models: openAiModels,
  }
  return found('openai', entry, `OpenAI by OPENAI_API_KEY, with ${openAiModels.join(', ')}`)
}

/** Services that the environment opens. Without its package one is not used, and the line that would add it is said. */
function findServices(env: Environment): Find {
  const byKey = aiSdkServices.filter(({ variable, models }) => models.length > 0 && setVariable(env, variable))
  const finds = byKey.map(({ kind, variable, models }) =>
    findService(kind, { kind, api_key: `\${${variable}}`, models: [...models] }, variable),
  )
  const accounts = findCloudAccounts(env).map((find) =>
    'notice' in find ? { providers: {}, notices: [find.notice] } : findService(find.kind, find.entry, find.by),
  )
  return {
    providers: Object.assign({}, ...[...finds, ...accounts].map((find) => find.providers)),
    notices: [...finds, ...accounts].flatMap((find) => find.notices),
  }
}

function findService(kind: AiSdkKind, entry: ProviderInput, variable: string): Find {
  const packageName = serviceOfKind(kind)?.package ?? ''
  return isPackageInstalled(packageName)
    ? found(kind, entry, `${kind} by ${variable}, with ${entry.models.join(', ')}`)
    : missing('warning', `${variable} is set, but ${kind} needs its package: npm install ${packageName}`)
}

/** The services and programs whose variables are set, in the order of the table. */
async function findPresets(env: Environment, probe: DiscoverOptions['probe']): Promise<Find> {
  const present = otherPresets.filter(({ variable }) => setVariable(env, variable) !== undefined)
  const absent = otherPresets.filter((preset) => !present.includes(preset) && preset.discovery.by !== 'hint')
  const finds = await Promise.all(present.map((preset) => findPreset(preset, env, probe)))
  const hint = `these variables would add providers: ${absent.map(({ variable }) => variable).join(', ')}`
  return {
    providers: Object.assign({}, ...finds.map((find) => find.providers)),
    notices: [...finds.flatMap((find) => find.notices), ...(absent.length === 0 ? [] : missing('info', hint).notices)],
  }
}

async function findPreset(preset: Preset, env: Environment, probe: DiscoverOptions['probe']): Promise<Find> {
  const { id, title, variable, discovery } = preset
  const api_key = `\${${variable}}`
  switch (discovery.by) {
    case 'key':
      return foundPreset(preset, { api_key, models: [...discovery.models] })
    case 'hint': {
      const line = `providers: { ${id}: { api_key: ${api_key}, models: [${discovery.models.join(', ')}] } }`
      return missing('info', `${variable} is set, and ${title} is not used for that alone; to use it: ${line}`)
    }
    case 'listing': {
      const url = preset.baseUrl ?? ''
      const models = await probe(url, 'openai', setVariable(env, variable)).catch(() => undefined)
      if (!models || models.length === 0)
        return missing('warning', `${variable} is set, but no ${title} answers at ${url}`)
      return foundPreset(preset, { api_key, models: chatModelsFirst(models) })
    }
    case 'variables': {
      const { address, model } = discovery
      const lacking = [address, model].filter((name) => setVariable(env, name) === undefined)
      if (lacking.length > 0)
        return missing('warning', `${variable} is set, but ${title} needs ${lacking.join(' and ')} as well`)
      return foundPreset(preset, { base_url: `\${${address}}`, api_key, models: [`\${${model}}`] })
    }
  }
}

function foundPreset({ id, variable }: Preset, entry: ProviderInput): Find {
  return found(id, entry, `${id} by ${variable}, with ${entry.models.slice(0, 5).join(', ')}`)
}

function found(name: string, entry: ProviderInput, what: string): Find {
  return { providers: { [name]: entry }, notices: [{ level: 'info', message: `found ${what}` }] }
}

function missing(level: ConfigNotice['level'], message: string): Find {
  return { providers: {}, notices: [{ level, message }] }
}

function hostOf(url: string): string {
  const address = readAddress(url)
  return typeof address === 'string' ? '' : address.host
}
