// Owns who answers behind the gateway of the rollout: simulated clouds, and at home a simulated Ollama or a real one.
import { sandboxKey, startSandbox } from 'aegis-llm/testing'
import { modelsOf, withScheme } from '../local-ollama.ts'

export interface Upstreams extends AsyncDisposable {
  readonly said: string
  /** What gateway/aegis.yml takes from its environment. */
  readonly env: Readonly<Record<string, string>>
  /** What comes at once: a real model has one machine for all of it. */
  readonly pace: { readonly conversations: number; readonly readsInAgain: boolean }
  breakCloud(): Promise<void>
  /** Whether a cloud has received this text. */
  received(text: string): boolean
}

/** @param ollamaHost where a real one is. @throws NotReady when it lacks a model. */
export async function startUpstreams(ollamaHost: string | undefined): Promise<Upstreams> {
  const home =
    ollamaHost === undefined ? undefined : { host: withScheme(ollamaHost), ...(await modelsOf(withScheme(ollamaHost))) }
  const sandbox = await startSandbox({ instant: true, reads: true })
  const { local, cloud, openai } = sandbox
  return {
    said: home ? `the Ollama at ${home.host} and simulated clouds` : 'simulated models',
    env: {
      LOCAL_OLLAMA: home?.host ?? local.url,
      ...(home ? { CHAT_MODEL: home.chat, EMBEDDING_MODEL: home.embedding } : {}),
      OLLAMA_CLOUD: cloud.url,
      OLLAMA_API_KEY: sandboxKey,
      OPENAI_BASE_URL: `${openai.url}/v1`,
      OPENAI_API_KEY: sandboxKey,
    },
    pace: home ? { conversations: 4, readsInAgain: false } : { conversations: 20, readsInAgain: true },
    breakCloud: () => sandbox.set('cloud', 'failing'),
    received: (text) => [cloud, openai].some(({ journal }) => journal.allBytes().includes(text)),
    [Symbol.asyncDispose]: () => sandbox.close(),
  }
}
