// Three simulated upstreams to try everything out without a model, a key or the network.
import type { Behaviour } from './behaviour.ts'
import { startOllamaUpstream } from './ollama/start-ollama-upstream.ts'
import { startOpenAIUpstream } from './openai/start-openai-upstream.ts'
import type { Upstream } from './upstream.ts'

/**
 * The key that the simulated Ollama Cloud and OpenAI of a sandbox ask for.
 *
 * @example
 * const headers = { authorization: `Bearer ${sandboxKey}` }
 */
export const sandboxKey = 'sandbox-key'

/**
 * The upstreams of a sandbox.
 *
 * @example
 * await sandbox.set('openai', 'rate_limited')
 */
export type SandboxUpstream = 'local' | 'cloud' | 'openai'

/**
 * How an upstream of a sandbox can be.
 * `down` refuses connections, `slow` takes seconds, `rate_limited` answers 429 with Retry-After, `failing` answers 500,
 * `malformed` answers 200 with broken JSON.
 *
 * @example
 * const state: SandboxState = 'slow'
 */
export type SandboxState = 'up' | 'down' | 'slow' | 'rate_limited' | 'failing' | 'malformed'

/**
 * Options of {@link startSandbox}.
 *
 * @example
 * await using sandbox = await startSandbox({ instant: true })
 */
export interface SandboxOptions {
  /** No waiting for tokens, for tests. */
  readonly instant?: boolean
  /** What each upstream's journal keeps; 64 MiB by default. 0 for a sandbox that runs long: it keeps no prompts. */
  readonly journalBytes?: number
  /** The simulated models draw their replies from the prompt; see {@link UpstreamOptions.reads}. */
  readonly reads?: boolean
}

/**
 * A running sandbox.
 *
 * @example
 * await using sandbox = await startSandbox()
 * await sandbox.set('openai', 'down')
 */
export interface Sandbox extends AsyncDisposable {
  /** A local Ollama. */
  readonly local: Upstream
  /** Ollama Cloud. */
  readonly cloud: Upstream
  readonly openai: Upstream
  /** How each upstream is now. */
  readonly states: Readonly<Record<SandboxUpstream, SandboxState>>
  set(name: SandboxUpstream, state: SandboxState): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a sandbox: a local Ollama with `llama3.2:8b`, `gemma-3-4b-it-Q8_0` and `nomic-embed-text`, an Ollama Cloud
 * with `gpt-oss:120b` and `llama3-70b`, an OpenAI with `gpt-4o`, `gpt-4o-mini` and `text-embedding-3-small`. The last
 * two ask for the key {@link sandboxKey}. Every answer is marked as simulated.
 *
 * @example
 * await using sandbox = await startSandbox({ instant: true })
 * const reply = await fetch(`${sandbox.local.url}/api/tags`)
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const journal = options.journalBytes === undefined ? {} : { journalBytes: options.journalBytes }
  const common = { ...journal, reads: options.reads ?? false }
  const upstreams = {
    local: await startOllamaUpstream({
      ...common,
      label: 'local ollama',
      models: ['llama3.2:8b', 'gemma-3-4b-it-Q8_0', 'nomic-embed-text'],
    }),
    cloud: await startOllamaUpstream({
      ...common,
      label: 'ollama cloud',
      models: ['gpt-oss:120b', 'llama3-70b'],
      apiKey: sandboxKey,
      numCtx: 131_072,
    }),
    openai: await startOpenAIUpstream({
      ...common,
      label: 'openai',
      models: ['gpt-4o', 'gpt-4o-mini', 'text-embedding-3-small'],
      apiKey: sandboxKey,
    }),
  }
  const states: Record<SandboxUpstream, SandboxState> = { local: 'up', cloud: 'up', openai: 'up' }
  const set = async (name: SandboxUpstream, state: SandboxState) => {
    await apply(upstreams[name], state, options.instant ?? false)
    states[name] = state
  }
  const close = async () => {
    await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()))
  }
  for (const name of ['local', 'cloud', 'openai'] as const) await set(name, 'up')
  return { ...upstreams, states, set, close, [Symbol.asyncDispose]: close }
}

async function apply(upstream: Upstream, state: SandboxState, instant: boolean): Promise<void> {
  if (state === 'down') return upstream.stopListening()
  upstream.always(behaviourOf(state, instant))
  await upstream.startListening()
}

function behaviourOf(state: Exclude<SandboxState, 'down'>, instant: boolean): Behaviour {
  switch (state) {
    case 'up':
      return instant ? {} : { timeToFirstTokenMs: 120, chunkGapMs: 15 }
    case 'slow':
      return instant ? { timeToFirstTokenMs: 300, chunkGapMs: 20 } : { timeToFirstTokenMs: 4_000, chunkGapMs: 150 }
    case 'rate_limited':
      return { status: 429, headers: { 'retry-after': '20' } }
    case 'failing':
      return { status: 500 }
    case 'malformed':
      return {
        rawBody: '{"id":"simulated","choices":[{"mess',
        rawFrames: ['data: {"id":"simulated","cho\n\n', '{"mod\n'],
      }
  }
}
