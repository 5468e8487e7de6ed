// Owns the table of services that are reached through a package of the Vercel AI SDK: address, key, package.
import { isHostOf } from './provider-address.ts'

export const aiSdkKinds = ['anthropic', 'google', 'vertex', 'bedrock', 'cohere'] as const
export type AiSdkKind = (typeof aiSdkKinds)[number]

export function isAiSdkKind(kind: string): kind is AiSdkKind {
  return (aiSdkKinds as readonly string[]).includes(kind)
}

/** What an entry states of its place at a cloud. */
export interface StatedPlace {
  readonly region?: string | undefined
  readonly project?: string | undefined
}

export interface AiSdkService {
  readonly kind: AiSdkKind
  readonly title: string
  /** The npm package that speaks its wire, an optional peer dependency. */
  readonly package: string
  /** The usual variable of its key. */
  readonly variable: string
  /** Added to an address without a path. */
  readonly path: string
  /** Words in a provider's name that mean it, when no address is stated. */
  readonly names: readonly string[]
  /** Its address; `undefined` when `region` or `project` are needed for it and not stated. */
  readonly addressOf: (place: StatedPlace) => string | undefined
  /** Whether an address is one of its own, for its own wire: some of them serve OpenAI's wire beside it. */
  readonly isAt: (host: string, path: string) => boolean
  /** Priced models for discovery, the default first; none when discovery would need more than a key. */
  readonly models: readonly string[]
}

export const aiSdkServices: readonly AiSdkService[] = [
  {
    kind: 'anthropic',
    title: 'Anthropic',
    package: '@ai-sdk/anthropic',
    variable: 'ANTHROPIC_API_KEY',
    path: '/v1',
    names: ['anthropic', 'claude'],
    addressOf: () => 'https://api.anthropic.com/v1',
    isAt: (host) => isHostOf(host, 'anthropic.com'),
    // platform.claude.com/docs/en/about-claude/models
    models: ['claude-haiku-4-5', 'claude-sonnet-5'],
  },
  {
    kind: 'vertex',
    title: 'Google Vertex AI',
    package: '@ai-sdk/google-vertex',
    variable: 'GOOGLE_VERTEX_API_KEY',
    path: '',
    names: ['vertex'],
    addressOf: vertexAddress,
    isAt: (host, path) => host.endsWith('aiplatform.googleapis.com') && !path.includes('/endpoints/openapi'),
    models: [],
  },
  {
    kind: 'google',
    title: 'Google Gemini',
    package: '@ai-sdk/google',
    variable: 'GOOGLE_GENERATIVE_AI_API_KEY',
    path: '/v1beta',
    names: ['google'],
    addressOf: () => 'https://generativelanguage.googleapis.com/v1beta',
    isAt: (host, path) => isHostOf(host, 'generativelanguage.googleapis.com') && !path.endsWith('/openai'),
    // ai.google.dev/gemini-api/docs/models
    models: ['gemini-3.5-flash-lite'],
  },
  {
    kind: 'bedrock',
    title: 'Amazon Bedrock',
    package: '@ai-sdk/amazon-bedrock',
    variable: 'AWS_BEARER_TOKEN_BEDROCK',
    path: '',
    names: ['bedrock'],
    // docs.aws.amazon.com/general/latest/gr/bedrock.html
    addressOf: ({ region }) => (region === undefined ? undefined : `https://bedrock-runtime.${region}.amazonaws.com`),
    isAt: (host, path) => /^bedrock-runtime\.[\w-]+\.amazonaws\.com$/.test(host) && !path.includes('openai'),
    models: [],
  },
  {
    kind: 'cohere',
    title: 'Cohere',
    package: '@ai-sdk/cohere',
    variable: 'COHERE_API_KEY',
    path: '/v2',
    names: ['cohere'],
    addressOf: () => 'https://api.cohere.com/v2',
    isAt: (host, path) => isHostOf(host, 'cohere.com') && !path.includes('compatibility'),
    // docs.cohere.com/docs/models
    models: ['command-a-03-2025'],
  },
]

export function serviceOfKind(kind: string | undefined): AiSdkService | undefined {
  return aiSdkServices.find((service) => service.kind === kind)
}

/** The service that a provider's name means. Its name at an address of another says nothing. */
export function serviceOfName(name: string): AiSdkService | undefined {
  const lower = name.toLowerCase()
  return aiSdkServices.find(({ names }) => names.some((word) => lower.includes(word)))
}

export function serviceAt(host: string, path: string): AiSdkService | undefined {
  return aiSdkServices.find(({ isAt }) => isAt(host, path))
}

/** Whether a package can be loaded, without loading it. */
export function isPackageInstalled(name: string): boolean {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}

/** cloud.google.com/vertex-ai/docs/reference/rest: `global` and the two multi-regions have hosts of their own form. */
function vertexAddress({ region, project }: StatedPlace): string | undefined {
  if (region === undefined || project === undefined) return undefined
  const host =
    region === 'global'
      ? 'aiplatform.googleapis.com'
      : region === 'eu' || region === 'us'
        ? `aiplatform.${region}.rep.googleapis.com`
        : `${region}-aiplatform.googleapis.com`
  return `https://${host}/v1beta1/projects/${project}/locations/${region}`
}
