// Owns the construction of providers: from one entry of the configuration to the adapter of its wire.
import type { Surroundings } from './compose.ts'
import type { ProviderConfig } from './config/aegis-config.ts'
import { isAiSdkKind } from './config/ai-sdk-services.ts'
import type { Clock } from './domain/clock.ts'
import type { ModelCapability } from './domain/model-facts.ts'
import type { OnViolation } from './domain/privacy-violation.ts'
import type { Secret } from './domain/secret.ts'
import type { CataloguedProvider } from './policy/model-catalogue.ts'
import { LocalProof } from './providers/ollama/local-proof.ts'
import { OllamaProvider } from './providers/ollama/ollama-provider.ts'
import { type ForwardingProof, OpenAIProvider } from './providers/openai-wire/openai-provider.ts'
import type { Provider } from './providers/provider.ts'
import type { LocalAddresses } from './providers/transport/egress-guard.ts'
import { KeyRing } from './providers/transport/key-ring.ts'
import type { RestrictedDoors } from './providers/transport/restricted-doors.ts'
import { type TraceparentOf, Upstream } from './providers/transport/upstream.ts'

/** Who is told of a violation, and what it closes. */
export interface Guard {
  readonly onViolation: OnViolation
  readonly doors: RestrictedDoors
}

export async function connectProvider(
  provider: ProviderConfig,
  localAddresses: LocalAddresses,
  { onViolation, doors }: Guard,
  { clock, logger }: Pick<Surroundings, 'clock' | 'logger'>,
  traceparentOf?: TraceparentOf,
): Promise<Provider> {
  const { baseUrl, timeouts, maxConnections, keepAlive, maxContextTokens } = provider
  const { kind } = provider
  const guard = { onViolation, doors }
  if (isAiSdkKind(kind)) {
    // Thirty files that most configurations have no use for.
    const { connectService } = await import('./connect-service.ts')
    return connectService(provider, kind, localAddresses, guard, clock, traceparentOf)
  }
  const revealed = Object.entries(provider.headers).map(([name, value]) => [name, value.reveal()] as const)
  const headers: Record<string, string> = Object.fromEntries(revealed)
  const { name: keyName, scheme } = provider.keyHeader
  const headerValue = (key: Secret) => `${scheme} ${key.reveal()}`.trimStart()
  if (provider.apiKey) headers[keyName] = headerValue(provider.apiKey)
  const values = provider.apiKeys.map(headerValue)
  if (provider.organization !== undefined) headers['openai-organization'] = provider.organization
  const nowMs = () => clock.monotonicMs()
  const onRefused = (place: number) => logger.error('provider_key_refused', { provider: provider.name, key: place })
  const keys = values.length > 0 ? new KeyRing({ header: keyName, values, nowMs, onRefused }) : undefined
  const shared = { ref: provider, timeouts, headers, localAddresses, onViolation, doors, keys, traceparentOf }
  const upstream = new Upstream({ ...shared, baseUrl, maxConnections })
  switch (kind) {
    case 'ollama':
      return new OllamaProvider(provider, {
        ...{ upstream, settings: { keepAlive, maxContextTokens }, clock, onViolation, doors },
      })
    case 'openai':
    case 'openai_compatible':
      if (!provider.traits.mayForward) return new OpenAIProvider(provider, upstream, provider.traits)
      return new OpenAIProvider(
        provider,
        upstream,
        provider.traits,
        forwardingProof(
          provider.name,
          clock,
          doors,
          () => new Upstream({ ...shared, baseUrl: new URL(baseUrl).origin, maxConnections: 2 }),
        ),
      )
  }
}

export function catalogued({
  name,
  kind,
  location,
  modelFacts,
  maxContextTokens,
  traits,
}: ProviderConfig): CataloguedProvider {
  const cannot: ModelCapability[] = traits.refusedMembers.includes('tools') ? ['tools'] : []
  if (traits.embeds === false) cannot.push('embeddings')
  // Models at a cloud have the window that the cloud gives them.
  const mostContextTokens = kind === 'ollama' && location === 'local' ? maxContextTokens : undefined
  return { name, stated: modelFacts, mostContextTokens, cannot }
}

/** Ollama's /v1 says nothing of forwarding, so its native routes beside it are asked. */
function forwardingProof(
  provider: string,
  clock: Clock,
  doors: RestrictedDoors,
  connectBeside: () => Upstream,
): ForwardingProof {
  const beside = connectBeside()
  const proof = new LocalProof(provider, beside, () => clock.monotonicMs(), doors)
  return { provenModel: (model, signal) => proof.provenModel(model, signal), close: () => beside.close() }
}
