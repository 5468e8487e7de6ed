// Owns what is known of a model beside its price: how much it reads and writes, and what it can do.

/** What a model can be asked to do. */
export const modelCapabilities = ['chat', 'tools', 'vision', 'audio', 'embeddings'] as const
export type ModelCapability = (typeof modelCapabilities)[number]

/** Everything may be unknown, and unknown is neither yes nor no: it is allowed, and the provider decides. */
export interface ModelFacts {
  /** The most tokens of prompt and answer together. */
  readonly contextTokens?: number | undefined
  /** The most tokens of one answer. */
  readonly outputTokens?: number | undefined
  /** A capability that is absent is not known. */
  readonly capabilities?: Capabilities | undefined
}

export type Capabilities = Readonly<Partial<Record<ModelCapability, boolean>>>

export const nothingKnown: ModelFacts = {}

/** A model as its provider lists it. */
export interface ListedFacts {
  readonly name: string
  readonly facts: ModelFacts
}

/**
 * What is known from two sources, where the first one is the better one.
 * @example mergeFacts({ contextTokens: 8192 }, { contextTokens: 4096, outputTokens: 100 }) // 8192 and 100
 */
export function mergeFacts(better: ModelFacts, other: ModelFacts): ModelFacts {
  return {
    contextTokens: better.contextTokens ?? other.contextTokens,
    outputTokens: better.outputTokens ?? other.outputTokens,
    capabilities: { ...other.capabilities, ...better.capabilities },
  }
}

/**
 * Capabilities from a complete list: what it does not name is not there. Tools, vision and audio are of a chat.
 * @example onlyThese(['vision']).chat // true
 */
export function onlyThese(listed: readonly ModelCapability[]): Capabilities {
  const chats = listed.some((one) => one !== 'embeddings')
  return Object.fromEntries(modelCapabilities.map((one) => [one, one === 'chat' ? chats : listed.includes(one)]))
}

/** Models whose name says that they embed, and so do not chat. */
const embeddingName = /embed|minilm|(?:^|[/_-])(?:bge|e5|gte)-/i

export function factsOfName(model: string): ModelFacts {
  return embeddingName.test(model) ? { capabilities: onlyThese(['embeddings']) } : nothingKnown
}

/** Whether a value can be a number of tokens that a model reads or writes. */
export function isTokenLimit(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000_000_000
}
