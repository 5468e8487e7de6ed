// Owns Anthropic's Messages wire (https://platform.claude.com/docs/en/api/messages), by the package @ai-sdk/anthropic.
import { memberOf, textsIn } from '../json-reading.ts'
import { type UsagePlaceholder, withMember } from '../missing-usage.ts'
import type { Refusal, Wire, WireSettings } from '../wire.ts'

const noUsage = { input_tokens: 0, output_tokens: 0 }

const usagePlaceholder: UsagePlaceholder = {
  fill: (part) => {
    if (part.type === 'message_start') return withMember(part, ['message', 'usage'], noUsage)
    return part.type === 'message' || part.type === 'message_delta' ? withMember(part, ['usage'], noUsage) : undefined
  },
  events: ['message_start', 'message_delta'],
}

/** What holds for Claude at Anthropic and at others that serve it by the same wire. */
export const anthropicTraits = {
  optionsName: 'anthropic',
  // Not among them: what changes a price (speed, serviceTier, inferenceGeo, fallbacks) or calls others (mcpServers).
  allowedOptions: [
    'thinking',
    'effort',
    'sendReasoning',
    'disableParallelToolUse',
    'structuredOutputMode',
    'toolStreaming',
    'metadata',
  ],
  jsonMode: 'words',
  reasoningProof: 'thinking_blocks',
  acceptedMedia: /^(?:image\/|text\/|application\/pdf$)/,
  oneToolCall: { anthropic: { disableParallelToolUse: true } },
  cachePoint: { cacheControl: { type: 'ephemeral' } },
  userOption: (user) => ({ metadata: { userId: user } }),
  outputCapIn: ({ max_tokens }) => (typeof max_tokens === 'number' ? max_tokens : undefined),
  reasoningBudgetIn: ({ thinking }) => {
    const budget = memberOf(thinking, 'budget_tokens')
    return typeof budget === 'number' ? budget : undefined
  },
  budgetOption: (tokens) => ({ thinking: { type: 'enabled', budgetTokens: tokens } }),
  reasoningOptions: ['thinking', 'effort'],
  readRefusal: anthropicRefusal,
  usagePlaceholder,
} as const satisfies Omit<Wire, 'model' | 'probe'>

export async function anthropicWire({ baseUrl, apiKey, headers }: WireSettings): Promise<Wire> {
  const { createAnthropic } = await import('@ai-sdk/anthropic')
  return {
    ...anthropicTraits,
    model: (model, fetch) => createAnthropic({ baseURL: baseUrl, apiKey, headers: { ...headers }, fetch })(model),
    probe: {
      path: `${new URL(baseUrl).pathname.replace(/\/$/, '')}/models?limit=1000`,
      headers: { 'x-api-key': apiKey, 'anthropic-version': '2023-06-01', ...headers },
      models: (body) => textsIn(memberOf(body, 'data'), 'id'),
    },
  }
}

/** `{"type":"error","error":{"type","message"}}`: https://platform.claude.com/docs/en/api/errors */
export function anthropicRefusal(status: number, body: unknown): Refusal {
  const type = memberOf(body, 'error', 'type')
  const message = memberOf(body, 'error', 'message')
  return {
    kind: status === 413 || type === 'request_too_large' ? 'context_exceeded' : undefined,
    code: typeof type === 'string' ? type : undefined,
    message: typeof message === 'string' ? message : undefined,
  }
}
