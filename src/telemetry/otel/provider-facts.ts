// Owns what OpenTelemetry calls a provider and where it stands, by its entry in the configuration.
import type { ProviderRef } from '../../domain/provider-ref.ts'

export interface TracedProvider extends ProviderRef {
  readonly baseUrl: string
  /** The known service or program that it is. */
  readonly preset: string | undefined
}

/**
 * The well-known values of gen_ai.provider.name where they differ from our names; all others are the preset's or the kind's.
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/
 */
const wellKnown: Readonly<Record<string, string>> = {
  bedrock: 'aws.bedrock',
  google: 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  mistral: 'mistral_ai',
  xai: 'x_ai',
  azure: 'azure.ai.openai',
  azure_openai: 'azure.ai.openai',
}

/** Attributes of a provider; none for one that the configuration does not name any more. */
export function providerAttributes(provider: TracedProvider | undefined): Record<string, string | number> {
  if (!provider) return {}
  const name = provider.preset ?? provider.kind
  const { hostname, port, protocol } = new URL(provider.baseUrl)
  return {
    'gen_ai.provider.name': wellKnown[name] ?? name,
    'server.address': hostname,
    'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  }
}
