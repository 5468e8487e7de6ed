// Owns what Ollama says of its models: /api/tags names them, /api/show what each can do and how much it reads.
import type { CancelSignal } from '../../domain/cancellation.ts'
import {
  isTokenLimit,
  type ListedFacts,
  type ModelCapability,
  type ModelFacts,
  nothingKnown,
  onlyThese,
} from '../../domain/model-facts.ts'
import type { Upstream } from '../transport/upstream.ts'

const MAX_SHOW_BYTES = 16 * 1024 * 1024

/** Ollama's word for a capability, and ours (https://docs.ollama.com/api-reference/show-model-details). */
const capabilityNames: Readonly<Record<string, ModelCapability>> = {
  completion: 'chat',
  tools: 'tools',
  vision: 'vision',
  audio: 'audio',
  embedding: 'embeddings',
}

/** Asks for one model after the other, so that a small server is not flooded. @throws ProviderFailure */
export async function describeModels(
  names: readonly string[],
  upstream: Upstream,
  signal: CancelSignal,
): Promise<ListedFacts[]> {
  const described: ListedFacts[] = []
  for (const name of names) {
    const body = Buffer.from(JSON.stringify({ model: name }))
    const reply = await upstream.ask('POST', '/api/show', body, signal)
    const shown = await reply.collect(MAX_SHOW_BYTES)
    const facts = reply.status === 200 ? factsOf(shown) : nothingKnown
    described.push({ name, facts })
    // No tag means `latest`, so the model is asked for by the short name as well.
    if (name.endsWith(':latest')) described.push({ name: name.slice(0, -':latest'.length), facts })
  }
  return described
}

/** The facts of one reply of /api/show. Older servers list no capabilities; then they are not known. */
export function factsOf(shown: Buffer): ModelFacts {
  const { model_info: info, capabilities } = parsed(shown)
  const length = Object.entries(isObject(info) ? info : {}).find(([key]) => key.endsWith('.context_length'))?.[1]
  return {
    contextTokens: isTokenLimit(length) ? length : undefined,
    capabilities: Array.isArray(capabilities)
      ? onlyThese(capabilities.flatMap((one: unknown) => capabilityNames[String(one)] ?? []))
      : {},
  }
}

function parsed(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
