// Owns what a request asks of a model: capabilities, and room for its prompt.
import type { JsonValue } from '../domain/chat-body.ts'
import type { ModelCapability } from '../domain/model-facts.ts'
import type { RequestBody } from '../domain/request-body.ts'
import { OPENAI_TEMPLATE_TOKENS } from './count-input.ts'
import { leastTokensOf } from './prompt-size.ts'

export interface RequestNeeds {
  readonly kind: RequestBody['kind']
  readonly capabilities: readonly ModelCapability[]
  /** The fewest tokens that the prompt can have, when they are surely more than `contextTokens`; else undefined. */
  tokensOver(contextTokens: number): number | undefined
}

export function requestNeeds(body: RequestBody): RequestNeeds {
  let least: number | undefined
  return {
    kind: body.kind,
    capabilities: body.kind === 'chat' ? chatNeeds(body) : ['embeddings'],
    tokensOver(contextTokens) {
      // A byte is at most one token, so most requests need not be counted.
      if (body.bytes.length + OPENAI_TEMPLATE_TOKENS <= contextTokens) return undefined
      least ??= leastPromptTokens(body)
      return least > contextTokens ? least : undefined
    },
  }
}

/** Every input of an embedding is read by itself. */
function leastPromptTokens({ kind, view }: RequestBody): number {
  if (kind === 'chat') return leastTokensOf(view.messages) + leastTokensOf(view.tools)
  const { input } = view
  if (!Array.isArray(input)) return leastTokensOf(input)
  if (input.every((one) => typeof one === 'number')) return input.length
  return input.reduce<number>((most, one) => Math.max(most, Array.isArray(one) ? one.length : leastTokensOf(one)), 0)
}

function chatNeeds({ view }: RequestBody): readonly ModelCapability[] {
  const callsTools = Array.isArray(view.tools) && view.tools.length > 0 && view.tool_choice !== 'none'
  const parts = partTypes(view.messages)
  if (!callsTools && !parts) return textOnly
  const needs: ModelCapability[] = ['chat']
  if (callsTools) needs.push('tools')
  if (parts?.has('image_url') || parts?.has('image')) needs.push('vision')
  if (parts?.has('input_audio')) needs.push('audio')
  return needs
}

const textOnly: readonly ModelCapability[] = ['chat']

/** Undefined where all content is text alone, as it mostly is. */
function partTypes(messages: JsonValue | undefined): ReadonlySet<JsonValue> | undefined {
  if (!Array.isArray(messages)) return undefined
  let types: Set<JsonValue> | undefined
  for (const message of messages) {
    const content = message !== null && typeof message === 'object' && 'content' in message ? message.content : null
    if (!Array.isArray(content)) continue
    types ??= new Set()
    for (const part of content) {
      if (part !== null && typeof part === 'object' && 'type' in part && part.type !== undefined) types.add(part.type)
    }
  }
  return types
}
