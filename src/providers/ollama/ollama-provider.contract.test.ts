// Runs the provider contract on Ollama's own wire.
import { localProvider } from '../../../test/make/provider.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { systemClock } from '../../open-aegis.ts'
import { startOllamaUpstream } from '../../testing/index.ts'
import type { ProviderLimits, ProviderWorld } from '../contract/provider-world.ts'
import { describeProvider } from '../provider-contract.ts'
import { OllamaProvider } from './ollama-provider.ts'

async function start(limits: ProviderLimits = {}): Promise<ProviderWorld> {
  const vision = { name: 'llava:13b', capabilities: ['completion', 'vision', 'tools'] }
  const upstream = await startOllamaUpstream({ models: ['llama3.2:8b', vision, 'nomic-embed-text'] })
  const { firstByteMs = 30_000, idleMs = 30_000, maxConnections = 8 } = limits
  const connection = connectTo(upstream.url, { timeouts: { connectMs: 5000, firstByteMs, idleMs }, maxConnections })
  const settings = { keepAlive: undefined, maxContextTokens: 32_768 }
  const deps = { upstream: connection.upstream, settings, clock: systemClock, onViolation: () => {} }
  const provider = new OllamaProvider(localProvider(), deps)
  const close = async () => {
    await provider.close()
    await upstream.close()
  }
  const models = { chat: 'llama3.2:8b', vision: 'llava:13b', embedding: 'nomic-embed-text' }
  return { provider, upstream, models, [Symbol.asyncDispose]: close }
}

describeProvider("Ollama's own wire", { start, sameWire: false, hasTools: true, asksForUsage: true })
