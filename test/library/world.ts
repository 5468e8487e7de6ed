// Owns the world of the library's tests: the three usual upstreams, and the configuration that names them.
import type { ConfigInput } from '../../src/config/schema.ts'
import { AegisLLMProxy } from '../../src/index.ts'
import { startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { cloudOllama, localOllama, openAIProvider } from '../make/gateway.ts'

export interface World extends AsyncDisposable {
  readonly local: Upstream
  readonly cloud: Upstream
  readonly openai: Upstream
  readonly aegis: AegisLLMProxy
}

/** Longer than anything here takes; a wait that reaches it has failed. */
export const patienceMs = 60_000

export async function startWorld(more: Partial<ConfigInput> = {}): Promise<World> {
  const local = await startOllamaUpstream({ label: 'local' })
  const cloud = await startOllamaUpstream({ label: 'cloud', apiKey: 'sk-ollama-test' })
  const openai = await startOpenAIUpstream({ label: 'openai', apiKey: 'sk-openai-test' })
  const config: ConfigInput = {
    providers: {
      local_ollama: localOllama(local, { models: ['llama3.2:8b', 'qwen3:8b'] }),
      ollama_cloud: cloudOllama(cloud),
      openai: openAIProvider(openai, { models: ['gpt-4o', 'gpt-4o-mini'] }),
    },
    pricing: { ollama_cloud: { '*': { input_per_million: 0.5, output_per_million: 1.5 } } },
    budgets: { monthly_limits: { ollama_cloud: 100, openai: 100 } },
    ledger: 'memory:',
    ...more,
  }
  const aegis = await AegisLLMProxy.create(config, { env: {} })
  const close = async () => {
    await aegis.close()
    await Promise.all([local.close(), cloud.close(), openai.close()])
  }
  return { local, cloud, openai, aegis, [Symbol.asyncDispose]: close }
}
