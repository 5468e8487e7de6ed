// Owns what is used without a configuration file: an Ollama that answers, and the cloud providers whose keys are set.
import type { ConfigNotice } from './aegis-config.ts'
import { type AiSdkKind, aiSdkServices, isPackageInstalled, serviceOfKind } from './ai-sdk-services.ts'
import { findCloudAccounts } from './cloud-account-discovery.ts'
import { type Environment, setVariable } from './env-reference.ts'
import { knownProviders } from './known-providers.ts'
import { isLoopback } from './local-network.ts'
import { DEFAULT_OLLAMA_URL, ollamaUrl } from './ollama-host.ts'
import { unpricedNotice } from './operator-notices.ts'
import { isHostOf, OLLAMA_CLOUD_URL, readAddress } from './provider-address.ts'
import type { ConfigInput } from './schema.ts'

export interface DiscoverOptions {
  readonly env: Environment
  /** Asks an Ollama for the names of its models (`GET /api/tags`); undefined when none answers there. */
  readonly probe: (baseUrl: string) => Promise<readonly string[] | undefined>
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
    findOthers(env),
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

  const names = await probe(url).catch(() => undefined)
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

function findOpenAi(env: Environment): Find {
  if (setVariable(env, 'OPENAI_API_KEY') === undefined) {
    return missing('info', 'OpenAI is not used: export OPENAI_API_KEY=sk-...')
  }
  const models = ['gpt-4o', 'gpt-4o-mini']
  const entry: ProviderInput = {
    base_url: `\${OPENAI_BASE_URL:-}`,
    api_key: `\${OPENAI_API_KEY}`,
    organization: `\${OPENAI_ORGANIZATION}`,
    models,
  }
  return found('openai', entry, `OpenAI by OPENAI_API_KEY, with ${models.join(', ')}`)
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

function findOthers(env: Environment): Find {
  const present = knownProviders.filter(({ variable }) => setVariable(env, variable) !== undefined)
  const absent = knownProviders.filter((provider) => !present.includes(provider))
  const finds = present.map(({ name, variable, base_url, models }) =>
    found(
      name,
      { base_url, api_key: `\${${variable}}`, models: [...models] },
      `${name} by ${variable}, with ${models.join(', ')}`,
    ),
  )
  const hint = `these variables would add providers: ${absent.map(({ variable }) => variable).join(', ')}`
  return {
    providers: Object.assign({}, ...finds.map((find) => find.providers)),
    notices: [...finds.flatMap((find) => find.notices), ...(absent.length === 0 ? [] : missing('info', hint).notices)],
  }
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
