// Owns the wire of the Gemini API (https://ai.google.dev/api/generate-content), by the package @ai-sdk/google.
import { memberOf, textsIn } from '../json-reading.ts'
import { definedOptions, type Refusal, type Wire, type WireSettings } from '../wire.ts'

/** What holds for Gemini at both of Google's services. */
export const geminiTraits = {
  allowedOptions: ['thinkingConfig', 'safetySettings', 'threshold', 'structuredOutputs', 'mediaResolution'],
  jsonMode: 'native',
  reasoningProof: 'thought_signature',
  acceptedMedia: /^(?:image|audio|video|text)\/|^application\/(?:pdf|json)$/,
  oneToolCall: undefined,
  cachePoint: undefined,
  outputCapIn: googleCap,
  showReasoning: { thinkingConfig: { includeThoughts: true } },
  reasoningOptions: ['thinkingConfig'],
  readRefusal: googleRefusal,
} as const satisfies Omit<Wire, 'model' | 'probe' | 'optionsName'>

export async function googleWire({ baseUrl, apiKey, headers }: WireSettings): Promise<Wire> {
  const { createGoogle } = await import('@ai-sdk/google')
  const service = (fetch: typeof globalThis.fetch) =>
    createGoogle({ baseURL: baseUrl, apiKey, headers: { ...headers }, fetch })
  return {
    ...geminiTraits,
    optionsName: 'google',
    model: (model, fetch) => service(fetch)(model),
    embedding: {
      model: (model, fetch) => service(fetch).embeddingModel(model),
      options: (_model, { dimensions, purpose }) => ({
        google: definedOptions({ outputDimensionality: dimensions, taskType: purpose }),
      }),
    },
    probe: {
      path: `${new URL(baseUrl).pathname.replace(/\/$/, '')}/models?pageSize=1000`,
      headers: { 'x-goog-api-key': apiKey, ...headers },
      models: (body) => textsIn(memberOf(body, 'models'), 'name').map((name) => name.replace(/^models\//, '')),
    },
  }
}

/** Thinking counts towards this cap (https://ai.google.dev/gemini-api/docs/thinking). */
function googleCap({ generationConfig }: Readonly<Record<string, unknown>>): number | undefined {
  const cap = memberOf(generationConfig, 'maxOutputTokens')
  return typeof cap === 'number' ? cap : undefined
}

/**
 * `{"error":{"code","message","status","details"}}` (https://google.aip.dev/193). A wrong key is a 400 here, told by its
 * reason, and the wait after a 429 stands in the details.
 */
export function googleRefusal(_status: number, body: unknown): Refusal {
  const code = memberOf(body, 'error', 'status')
  const message = memberOf(body, 'error', 'message')
  const details = memberOf(body, 'error', 'details')
  return {
    kind: textsIn(details, 'reason').includes('API_KEY_INVALID') ? 'account' : undefined,
    retryAfterSeconds: waitIn(textsIn(details, 'retryDelay')[0]),
    code: typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : undefined,
  }
}

/** A duration such as `34.07s`, as protocol buffers write it. */
function waitIn(delay: string | undefined): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(delay ?? '')?.[1]
  return seconds === undefined ? undefined : Math.ceil(Number(seconds))
}
