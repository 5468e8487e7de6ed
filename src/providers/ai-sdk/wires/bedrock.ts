// Owns the Converse wire of Amazon Bedrock (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html),
// by the package @ai-sdk/amazon-bedrock, which signs each request.
import { memberOf } from '../json-reading.ts'
import type { Wire, WireSettings } from '../wire.ts'

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
  return {
    optionsName: 'amazonBedrock',
    allowedOptions: ['reasoningConfig', 'structuredOutputMode'],
    jsonMode: 'words',
    reasoningProof: 'thinking_blocks',
    acceptedMedia: /^(?:image|video|text|application)\//,
    oneToolCall: { anthropic: { disableParallelToolUse: true } },
    cachePoint: { cachePoint: { type: 'default' } },
    model: (model, fetch) =>
      createAmazonBedrock({ baseURL: baseUrl, ...credentials, headers: { ...headers }, fetch })(model),
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
