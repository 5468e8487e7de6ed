// Owns Cohere's chat wire (https://docs.cohere.com/reference/chat), by the package @ai-sdk/cohere.
import { memberOf, textsIn } from '../json-reading.ts'
import { type UsagePlaceholder, withMember } from '../missing-usage.ts'
import { definedOptions, type Wire, type WireSettings } from '../wire.ts'

const noTokens = { input_tokens: 0, output_tokens: 0 }

const usagePlaceholder: UsagePlaceholder = {
  fill: (part) => {
    if (part.type === 'message-end') return withMember(part, ['delta', 'usage', 'tokens'], noTokens)
    if ('embeddings' in part) return withMember(part, ['meta', 'billed_units'], noTokens)
    return 'finish_reason' in part ? withMember(part, ['usage', 'tokens'], noTokens) : undefined
  },
  events: ['message-end'],
}

export async function cohereWire({ baseUrl, apiKey, headers }: WireSettings): Promise<Wire> {
  const { createCohere } = await import('@ai-sdk/cohere')
  const service = (fetch: typeof globalThis.fetch) =>
    createCohere({ baseURL: baseUrl, apiKey, headers: { ...headers }, fetch })
  return {
    optionsName: 'cohere',
    allowedOptions: ['thinking'],
    jsonMode: 'native',
    reasoningProof: 'none',
    acceptedMedia: /^(?:image|text)\//,
    oneToolCall: undefined,
    cachePoint: undefined,
    model: (model, fetch) => service(fetch)(model),
    embedding: {
      model: (model, fetch) => service(fetch).embeddingModel(model),
      options: (_model, { dimensions, purpose }) => ({
        cohere: definedOptions({ outputDimension: dimensions, inputType: purpose }),
      }),
    },
    usagePlaceholder,
    outputCapIn: ({ max_tokens }) => (typeof max_tokens === 'number' ? max_tokens : undefined),
    reasoningOptions: ['thinking'],
    readRefusal: (_status, body) => {
      const message = memberOf(body, 'message')
      return { message: typeof message === 'string' ? message : undefined }
    },
    probe: {
      // Models are listed by version 1 of the API only (https://docs.cohere.com/reference/list-models).
      path: `${new URL(baseUrl).pathname.replace(/\/v2\/?$/, '/v1').replace(/\/$/, '')}/models?page_size=1000`,
      headers: { authorization: `Bearer ${apiKey}`, ...headers },
      models: (body) => textsIn(memberOf(body, 'models'), 'name'),
    },
  }
}
