// Owns Google Vertex AI (https://cloud.google.com/vertex-ai/generative-ai/docs): Gemini by generateContent and Claude by
// rawPredict, by the package @ai-sdk/google-vertex. Tokens are ours, so that they too go through our transport.
import { memberOf } from '../json-reading.ts'
import { type UsagePlaceholder, withMember } from '../missing-usage.ts'
import { definedOptions, type Wire, type WireOf, type WireSettings } from '../wire.ts'
import { anthropicTraits } from './anthropic.ts'
import { geminiTraits } from './google.ts'

/** Its older models for embeddings count each text by itself. */
const usagePlaceholder: UsagePlaceholder = {
  fill: (part) => {
    const { predictions } = part
    if (!Array.isArray(predictions)) return undefined
    const isCounted = (one: unknown) => memberOf(one, 'embeddings', 'statistics', 'token_count') !== undefined
    if (predictions.every(isCounted)) return undefined
    const filled = predictions.map((one) => withMember(one, ['embeddings', 'statistics'], { token_count: 0 }) ?? one)
    return { ...part, predictions: filled }
  },
  events: [],
}

export interface VertexSettings extends WireSettings {
  /** An access token that is good for a minute at least; `undefined` where an API key is used (express mode). */
  readonly accessToken: (() => Promise<string>) | undefined
}

/**
 * The `edge` entries of the package do not load Google's own library for tokens, which would make connections and read
 * variables of its own. An API key for them switches their tokens off; ours replaces it in the request.
 */
export async function vertexWires({ baseUrl, apiKey, headers, accessToken }: VertexSettings): Promise<WireOf> {
  const { createGoogleVertex } = await import('@ai-sdk/google-vertex/edge')
  const { createGoogleVertexAnthropic } = await import('@ai-sdk/google-vertex/anthropic/edge')
  // The models are not listed by any route that needs no project; that the host answers is what can be asked.
  const probe = { path: '/', headers: {}, models: undefined, ...(accessToken ? { prepare: accessToken } : {}) }
  const service = (fetch: typeof globalThis.fetch) =>
    createGoogleVertex({
      baseURL: accessToken ? `${baseUrl}/publishers/google` : baseUrl,
      apiKey: apiKey || 'replaced',
      headers: { ...headers },
      fetch: accessToken ? withToken(fetch, accessToken) : fetch,
    })
  const gemini: Wire = {
    ...geminiTraits,
    optionsName: 'googleVertex',
    probe,
    model: (model, fetch) => service(fetch)(model),
    embedding: {
      model: (model, fetch) => service(fetch).embeddingModel(model),
      options: (_model, { dimensions, purpose }) => ({
        googleVertex: definedOptions({ outputDimensionality: dimensions, taskType: purpose }),
      }),
    },
    usagePlaceholder,
  }
  const claude: Wire = {
    ...anthropicTraits,
    // Addresses of images are not taken there, so supportedUrls is empty and they are refused.
    probe,
    model: (model, fetch) =>
      createGoogleVertexAnthropic({
        baseURL: `${baseUrl.replace('/v1beta1/', '/v1/')}/publishers/anthropic/models`,
        generateAuthToken: async () => (accessToken ? accessToken() : apiKey),
        headers: { ...headers },
        fetch,
      })(model),
  }
  return (model) => (model.startsWith('claude') ? claude : gemini)
}

/** The package puts its key where Google looks for one; a token has to stand elsewhere. */
function withToken(fetch: typeof globalThis.fetch, accessToken: () => Promise<string>): typeof globalThis.fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    headers.delete('x-goog-api-key')
    headers.set('authorization', `Bearer ${await accessToken()}`)
    return fetch(input, { ...init, headers })
  }
}
