// Owns three simulated upstreams for the command line, and the configuration that names them.
import type { ConfigInput } from '../../src/config/schema.ts'
import { startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'

export interface ThreeProviders extends AsyncDisposable {
  readonly local: Upstream
  readonly cloud: Upstream
  readonly openai: Upstream
  /** Its gateway has no fixed port, so commands that find this file work in their own process. */
  readonly config: ConfigInput
}

export async function startThreeProviders(): Promise<ThreeProviders> {
  const local = await startOllamaUpstream({ label: 'local', models: ['llama3.2:8b', 'gemma'] })
  const cloud = await startOllamaUpstream({ label: 'cloud', models: ['gpt-oss:120b'], apiKey: 'sk-ollama-test' })
  const openai = await startOpenAIUpstream({ label: 'openai', models: ['gpt-4o'], apiKey: 'sk-openai-test' })
  const config: ConfigInput = {
    providers: {
      local_ollama: { kind: 'ollama', location: 'local', base_url: local.url, models: ['llama3.2:8b', 'gemma:latest'] },
      ollama_cloud: {
        ...{ kind: 'ollama', location: 'cloud', base_url: cloud.url, models: ['gpt-oss:120b'] },
        api_key: 'sk-ollama-test',
      },
      openai: {
        ...{ kind: 'openai', location: 'cloud', base_url: `${openai.url}/v1`, models: ['gpt-4o'] },
        api_key: 'sk-openai-test',
      },
    },
    pricing: { ollama_cloud: { '*': { input_per_million: 0.5, output_per_million: 1.5 } } },
    budgets: { monthly_limits: { openai: 10, ollama_cloud: 5 } },
    server: { port: 0 },
  }
  const close = async () => {
    await Promise.all([local, cloud, openai].map((upstream) => upstream.close()))
  }
  return { local, cloud, openai, config, [Symbol.asyncDispose]: close }
}

/** The same with changes to single providers; `undefined` leaves one out, with what is said of it elsewhere. */
export function withProviders(
  config: ConfigInput,
  changes: Readonly<Record<string, Partial<ConfigInput['providers'][string]> | undefined>>,
): ConfigInput {
  const changed = Object.entries(config.providers).flatMap(([name, entry]) =>
    name in changes && changes[name] === undefined ? [] : [[name, { ...entry, ...changes[name] }] as const],
  )
  const providers = Object.fromEntries(changed)
  const kept = <Value>(all: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name in providers))
  return {
    ...config,
    providers,
    pricing: kept(config.pricing ?? {}),
    budgets: { monthly_limits: kept(config.budgets?.monthly_limits ?? {}) },
  }
}

/** Hints that ask OpenAI first. */
export const critical = ['--quality', 'critical', '--complexity', 'high'] as const
