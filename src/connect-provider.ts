// Owns the construction of providers: from one entry of the configuration to the adapter of its wire.
import { readFile } from 'node:fs/promises'
import type { Surroundings } from './compose.ts'
import type { ProviderConfig } from './config/aegis-config.ts'
import { type AiSdkKind, isAiSdkKind } from './config/ai-sdk-services.ts'
import type { Clock } from './domain/clock.ts'
import type { ModelCapability } from './domain/model-facts.ts'
import type { Secret } from './domain/secret.ts'
import type { CataloguedProvider } from './policy/model-catalogue.ts'
import { AiSdkProvider } from './providers/ai-sdk/ai-sdk-provider.ts'
import { GoogleTokens } from './providers/ai-sdk/google-tokens.ts'
import { loadWire } from './providers/ai-sdk/load-wire.ts'
import { LocalProof } from './providers/ollama/local-proof.ts'
import { OllamaProvider } from './providers/ollama/ollama-provider.ts'
import { type ForwardingProof, OpenAIProvider } from './providers/openai-wire/openai-provider.ts'
import type { Provider } from './providers/provider.ts'
import type { LocalAddresses, OnViolation } from './providers/transport/egress-guard.ts'
import { KeyRing } from './providers/transport/key-ring.ts'
import { type TraceparentOf, Upstream } from './providers/transport/upstream.ts'

export async function connectProvider(
  provider: ProviderConfig,
  localAddresses: LocalAddresses,
  onViolation: OnViolation,
  { clock, logger }: Pick<Surroundings, 'clock' | 'logger'>,
  traceparentOf?: TraceparentOf,
): Promise<Provider> {
  const { baseUrl, timeouts, maxConnections, keepAlive, maxContextTokens } = provider
  const { kind } = provider
  if (isAiSdkKind(kind)) return connectService(provider, kind, localAddresses, onViolation, clock, traceparentOf)
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
  const shared = { ref: provider, timeouts, headers, localAddresses, onViolation, keys, traceparentOf }
  const upstream = new Upstream({ ...shared, baseUrl, maxConnections })
  switch (kind) {
    case 'ollama':
      return new OllamaProvider(provider, { upstream, settings: { keepAlive, maxContextTokens }, clock, onViolation })
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
          () => new Upstream({ ...shared, baseUrl: new URL(baseUrl).origin, maxConnections: 2 }),
        ),
      )
  }
}

/** The package makes the whole path and the headers, so the connection has neither. */
async function connectService(
  provider: ProviderConfig,
  kind: AiSdkKind,
  localAddresses: LocalAddresses,
  onViolation: OnViolation,
  clock: Clock,
  traceparentOf: TraceparentOf | undefined,
): Promise<Provider> {
  const { baseUrl, timeouts, maxConnections, account } = provider
  const headers = Object.fromEntries(Object.entries(provider.headers).map(([name, value]) => [name, value.reveal()]))
  const shared = { ref: provider, timeouts, headers: {}, localAddresses, onViolation, traceparentOf }
  const upstream = new Upstream({ ...shared, baseUrl: new URL(baseUrl).origin, maxConnections })
  const keys = account?.keys && {
    accessKeyId: account.keys.accessKeyId,
    secretAccessKey: account.keys.secretAccessKey.reveal(),
    sessionToken: account.keys.sessionToken?.reveal(),
  }
  const credentialsFile = account?.credentialsFile
  const tokens =
    credentialsFile === undefined
      ? undefined
      : new GoogleTokens({
          provider: provider.name,
          readCredentials: () => readFile(credentialsFile, 'utf8'),
          connect: (origin) => new Upstream({ ...shared, baseUrl: origin, maxConnections: 2 }),
          clock,
        })
  const wireOf = await loadWire(kind, {
    baseUrl,
    headers,
    apiKey: provider.apiKey?.reveal() ?? '',
    region: account?.region,
    keys,
    accessToken: tokens && (() => tokens.current()),
  })
  return new AiSdkProvider(provider, {
    upstream,
    wireOf,
    baseUrl,
    clock,
    ...(tokens ? { closeWire: () => tokens.close() } : {}),
  })
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
function forwardingProof(provider: string, clock: Clock, connectBeside: () => Upstream): ForwardingProof {
  const beside = connectBeside()
  const proof = new LocalProof(provider, beside, () => clock.monotonicMs())
  return { provenModel: (model, signal) => proof.provenModel(model, signal), close: () => beside.close() }
}
