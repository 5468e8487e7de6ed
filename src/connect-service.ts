// Owns the construction of providers whose wire a package of the AI SDK speaks.
import { readFile } from 'node:fs/promises'
import type { ProviderConfig } from './config/aegis-config.ts'
import type { AiSdkKind } from './config/ai-sdk-services.ts'
import type { Guard } from './connect-provider.ts'
import type { Clock } from './domain/clock.ts'
import { AiSdkProvider } from './providers/ai-sdk/ai-sdk-provider.ts'
import { GoogleTokens } from './providers/ai-sdk/google-tokens.ts'
import { loadWire } from './providers/ai-sdk/load-wire.ts'
import { AnthropicProvider } from './providers/anthropic-wire/anthropic-provider.ts'
import type { Provider } from './providers/provider.ts'
import type { LocalAddresses } from './providers/transport/egress-guard.ts'
import { type TraceparentOf, Upstream } from './providers/transport/upstream.ts'

/** The package makes the whole path and the headers, so the connection has neither. */
export async function connectService(
  provider: ProviderConfig,
  kind: AiSdkKind,
  localAddresses: LocalAddresses,
  { onViolation, doors }: Guard,
  clock: Clock,
  traceparentOf: TraceparentOf | undefined,
): Promise<Provider> {
  const { baseUrl, timeouts, maxConnections, account } = provider
  const headers = Object.fromEntries(Object.entries(provider.headers).map(([name, value]) => [name, value.reveal()]))
  const shared = { ref: provider, timeouts, headers: {}, localAddresses, onViolation, doors, traceparentOf }
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
  const translated = new AiSdkProvider(provider, {
    upstream,
    wireOf,
    baseUrl,
    clock,
    ...(tokens ? { closeWire: () => tokens.close() } : {}),
  })
  if (kind !== 'anthropic') return translated
  const apiKey = provider.apiKey?.reveal() ?? ''
  return new AnthropicProvider(provider, { upstream, baseUrl, apiKey, headers, translated })
}
