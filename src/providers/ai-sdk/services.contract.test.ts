// Runs the provider contract on every service that a package of the AI SDK speaks to.
import { makings, serviceKinds, startService } from '../../../test/make/service.ts'
import type { ProviderLimits, ProviderWorld } from '../contract/provider-world.ts'
import { describeProvider } from '../provider-contract.ts'

for (const kind of serviceKinds) {
  const start = async ({ firstByteMs = 30_000, idleMs = 30_000, maxConnections = 8 }: ProviderLimits = {}) => {
    const timeouts = { connectMs: 5000, firstByteMs, idleMs }
    const service = await startService(kind, { timeouts, maxConnections })
    const { model, embedding } = makings[kind]
    return {
      provider: service.provider,
      upstream: service.upstream,
      models: { chat: model, vision: model, embedding },
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    } satisfies ProviderWorld
  }
  // The Gemini API does not say how many tokens it has embedded.
  const embedsUncounted = kind === 'google'
  const subject = { start, sameWire: false, hasTools: true, asksForUsage: false, embedsUncounted }
  describeProvider(`the wire of ${kind}`, subject)
}
