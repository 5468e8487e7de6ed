// Owns the world of an adapter's tests: simulated upstreams, and Aegis before them in process or behind a gateway.
import type { ConfigInput } from '../../src/config/schema.ts'
import { AegisLLMProxy } from '../../src/index.ts'
import { startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, startGateway } from './gateway.ts'

export interface ConnectedWorld extends AsyncDisposable {
  readonly local: Upstream
  readonly openai: Upstream
  /** What an adapter's constructor takes. */
  readonly connection: { readonly proxy: AegisLLMProxy } | { readonly baseURL: string }
}

/** The two ways to Aegis. An adapter's promises hold for both. */
export const connectionKinds = ['a proxy in process', 'a gateway'] as const
export type ConnectionKind = (typeof connectionKinds)[number]

export const localChatModel = 'llama3.2:8b'
export const localEmbeddingModel = 'nomic-embed-text'

export async function startConnected(kind: ConnectionKind, more: Partial<ConfigInput> = {}): Promise<ConnectedWorld> {
  await using ends = new AsyncDisposableStack()
  const local = ends.use(await startOllamaUpstream({ label: 'local', models: [localChatModel, localEmbeddingModel] }))
  const openai = ends.use(await startOpenAIUpstream({ label: 'openai', apiKey: 'sk-openai-test' }))
  const config: ConfigInput = {
    providers: {
      local: localOllama(local, { models: [localChatModel, localEmbeddingModel] }),
      openai: openAIProvider(openai, { models: ['gpt-4o', 'text-embedding-3-small'] }),
    },
    budgets: { monthly_limits: { openai: 100 } },
    ledger: 'memory:',
    ...more,
  }
  const connection =
    kind === 'a gateway'
      ? { baseURL: ends.use(await startGateway(config)).url }
      : { proxy: ends.use(await AegisLLMProxy.create(config, { env: {} })) }
  const kept = ends.move()
  return { local, openai, connection, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** The last chat request that reached an upstream, as OpenAI or Ollama would see it. */
export function lastBody({ journal }: Upstream): Record<string, unknown> {
  const { json } = journal.requests.findLast(({ path }) => /chat|embed/.test(path)) ?? {}
  if (!json) throw new Error('nothing has arrived')
  return json
}

export const arrived = ({ journal }: Upstream) => journal.requests.filter(({ path }) => /chat|embed/.test(path))
