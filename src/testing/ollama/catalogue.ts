// The models that a simulated Ollama has, and which of them are loaded.
import type { UpstreamOptions } from '../upstream.ts'

/**
 * A model of a simulated Ollama.
 *
 * @example
 * const forwarded: OllamaModel = {
 *   name: 'gpt-oss:120b-cloud', remoteModel: 'gpt-oss:120b', remoteHost: 'https://ollama.com:443',
 * }
 */
export interface OllamaModel {
  readonly name: string
  /** Set: the model only looks local, the server forwards it to this address and says so in replies and lists. */
  readonly remoteHost?: string
  /** Its name over there; by default the name without `-cloud`. */
  readonly remoteModel?: string
  /** `completion` and `tools` by default; `embedding` if the name says `embed`; `thinking` for thinking models. */
  readonly capabilities?: readonly string[]
  /** The longest context it was trained for, in tokens; 131072 by default. */
  readonly contextLength?: number
}

/**
 * Options of {@link startOllamaUpstream}.
 *
 * @example
 * await startOllamaUpstream({ models: ['llama3.2:8b', 'qwen3:8b'], thinkingModels: ['qwen3:8b'], numCtx: 8_192 })
 */
export interface OllamaUpstreamOptions extends UpstreamOptions {
  /** The models it has; any other is a 404. Without a list every model name is served and none is listed. */
  readonly models?: readonly (string | OllamaModel)[]
  /** Models that think before they answer, unless `think: false`. */
  readonly thinkingModels?: readonly string[]
  /** The server's default context in tokens, for requests without `options.num_ctx`; 4096 by default. */
  readonly numCtx?: number
  /** The server refuses remote models, as with OLLAMA_NO_CLOUD. */
  readonly cloudDisabled?: boolean
  /** What /api/version says. */
  readonly version?: string
}

export interface KnownModel {
  /** With its tag, as lists show it. */
  readonly name: string
  readonly remoteHost: string | undefined
  readonly remoteModel: string | undefined
  readonly capabilities: readonly string[]
  readonly contextLength: number
}

/** Where an Ollama sends what is for its cloud. */
export const cloudHost = 'https://ollama.com:443'

const defaultNumCtx = 4_096
const defaultContextLength = 131_072

/** Finds models by name as Ollama does: the case does not matter, and no tag means `latest`. */
export class Catalogue {
  readonly models: readonly KnownModel[]
  /** Loaded models and the context each was loaded with. */
  readonly loaded = new Map<KnownModel, number>()
  readonly #options: OllamaUpstreamOptions
  readonly #thinking: ReadonlySet<string>
  /** Models served without being listed, remembered so that each is loaded once. */
  readonly #byName = new Map<string, KnownModel>()

  constructor(options: OllamaUpstreamOptions) {
    this.#options = options
    this.#thinking = new Set(options.thinkingModels?.map(key))
    this.models = (options.models ?? []).map((model) =>
      this.#known(typeof model === 'string' ? { name: model } : model),
    )
  }

  /** The listed model; without a list, one of any name that does not ask for the cloud. */
  find(name: string): KnownModel | undefined {
    if (!this.#options.models) return /[:-]cloud$/i.test(name) ? undefined : this.#unlisted(name)
    return this.models.find((model) => key(model.name) === key(name))
  }

  /** A model that exists in the cloud only. */
  inCloud(name: string): KnownModel {
    return this.#known({ name })
  }

  /** The context that a request runs in, in tokens; a remote model runs in its own. */
  contextFor(model: KnownModel, forwardedTo: string | undefined, requested?: number): number {
    const longest = model.contextLength
    if (forwardedTo !== undefined) return longest
    return Math.min(requested ?? this.#options.numCtx ?? defaultNumCtx, longest)
  }

  #unlisted(name: string): KnownModel {
    const known = this.#byName.get(key(name)) ?? this.#known({ name })
    this.#byName.set(key(name), known)
    return known
  }

  #known(model: OllamaModel): KnownModel {
    const embeds = model.name.includes('embed')
    const thinks = this.#thinking.has(key(model.name)) ? ['thinking'] : []
    return {
      name: withTag(model.name),
      remoteHost: model.remoteHost,
      remoteModel:
        model.remoteHost === undefined ? undefined : (model.remoteModel ?? model.name.replace(/[-:]cloud$/, '')),
      capabilities: [...(model.capabilities ?? (embeds ? ['embedding'] : ['completion', 'tools'])), ...thinks],
      contextLength: model.contextLength ?? defaultContextLength,
    }
  }
}

function key(name: string): string {
  return withTag(name).toLowerCase()
}

function withTag(name: string): string {
  return /:[^/]*$/.test(name) ? name : `${name}:latest`
}
