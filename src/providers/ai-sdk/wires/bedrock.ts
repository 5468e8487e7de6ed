// Owns the Converse wire of Amazon Bedrock (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html),
// by the package @ai-sdk/amazon-bedrock, which signs each request.
import { memberOf } from '../json-reading.ts'
import { type UsagePlaceholder, withMember } from '../missing-usage.ts'
import { definedOptions, type EmbeddingWish, type Wire, type WireSettings } from '../wire.ts'

/** Keys of an AWS account, in place of a Bedrock API key. */
export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
}

export interface BedrockSettings extends WireSettings {
  readonly region: string | undefined
  readonly keys: AwsKeys | undefined
}

/** The region that an address names, for entries that state an address and no region. */
const REGION_IN_HOST = /^bedrock-runtime\.([\w-]+)\./

const noUsage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 }

/** Its streams are no events of text, and their usage may be missing. */
const usagePlaceholder: UsagePlaceholder = {
  fill: (part) => {
    if ('stopReason' in part) return withMember(part, ['usage'], noUsage)
    const lacksCount = 'embedding' in part && part.inputTextTokenCount === undefined
    return lacksCount ? { ...part, inputTextTokenCount: 0 } : undefined
  },
  events: [],
}

/** Each family of models has names of its own (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html). */
function embeddingOptions(model: string, { dimensions, purpose }: EmbeddingWish) {
  if (model.includes('cohere.embed-')) return definedOptions({ outputDimension: dimensions, inputType: purpose })
  if (model.includes('amazon.nova-'))
    return definedOptions({ embeddingDimension: dimensions, embeddingPurpose: purpose })
  return definedOptions({ dimensions })
}

export async function bedrockWire({ baseUrl, apiKey, headers, region, keys }: BedrockSettings): Promise<Wire> {
  const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock')
  const credentials = {
    // What is empty is not looked for in the environment.
    apiKey: keys ? '' : apiKey,
    accessKeyId: keys?.accessKeyId ?? '',
    secretAccessKey: keys?.secretAccessKey ?? '',
    sessionToken: keys?.sessionToken ?? '',
    region: region ?? REGION_IN_HOST.exec(new URL(baseUrl).hostname)?.[1] ?? 'us-east-1',
  }
  const service = (fetch: typeof globalThis.fetch) =>
    createAmazonBedrock({ baseURL: baseUrl, ...credentials, headers: { ...headers }, fetch })
  return {
    optionsName: 'amazonBedrock',
    allowedOptions: ['reasoningConfig', 'structuredOutputMode'],
    jsonMode: 'words',
    reasoningProof: 'thinking_blocks',
    acceptedMedia: /^(?:image|video|text|application)\//,
    oneToolCall: { anthropic: { disableParallelToolUse: true } },
    cachePoint: { cachePoint: { type: 'default' } },
    model: (model, fetch) => service(fetch)(model),
    embedding: {
      model: (model, fetch) => service(fetch).embeddingModel(model),
      options: (model, wish) => ({ amazonBedrock: embeddingOptions(model, wish) }),
    },
    usagePlaceholder,
    outputCapIn: ({ inferenceConfig }) => {
      const cap = memberOf(inferenceConfig, 'maxTokens')
      return typeof cap === 'number' ? cap : undefined
    },
    reasoningBudgetIn: ({ additionalModelRequestFields }) => {
      const budget = memberOf(additionalModelRequestFields, 'thinking', 'budget_tokens')
      return typeof budget === 'number' ? budget : undefined
    },
    budgetOption: (tokens) => ({ reasoningConfig: { type: 'enabled', budgetTokens: tokens } }),
    reasoningOptions: ['reasoningConfig'],
    readRefusal: (_status, body) => {
      const message = memberOf(body, 'message')
      return { message: typeof message === 'string' ? message : undefined }
    },
    // The models are listed by another host. Without a signature this one answers 403, which shows that it is there.
    probe: { path: '/', headers: {}, models: undefined },
  }
}
