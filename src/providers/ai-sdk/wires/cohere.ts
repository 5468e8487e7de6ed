// Owns Cohere's chat wire (https://docs.cohere.com/reference/chat), by the package @ai-sdk/cohere.
import { memberOf, textsIn } from '../json-reading.ts'
import type { Wire, WireSettings } from '../wire.ts'

export async function cohereWire({ baseUrl, apiKey, headers }: WireSettings): Promise<Wire> {
  const { createCohere } = await import('@ai-sdk/cohere')
  return {
    optionsName: 'cohere',
    allowedOptions: ['thinking'],
    jsonMode: 'native',
    reasoningProof: 'none',
    acceptedMedia: /^(?:image|text)\//,
    oneToolCall: undefined,
    cachePoint: undefined,
    model: (model, fetch) => createCohere({ baseURL: baseUrl, apiKey, headers: { ...headers }, fetch })(model),
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
