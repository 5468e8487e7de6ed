// Owns reasoning that must come back unchanged: Anthropic's signed thinking blocks and Gemini's thought signatures.
import type { LanguageModelV4ReasoningPart, SharedV4ProviderMetadata, SharedV4ProviderOptions } from '@ai-sdk/provider'
import type { JsonObject } from '../../domain/chat-body.ts'
import { asList, asObject, textOf } from './json-reading.ts'
import type { Wire } from './wire.ts'

/**
 * A block of reasoning as it stands in `thinking_blocks` of an assistant message, where LiteLLM has it as well
 * (https://docs.litellm.ai/docs/reasoning_content).
 */
export type ThinkingBlock =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }

/** The block of a finished piece of reasoning; `undefined` when the wire has not signed it. */
export function thinkingBlock(
  text: string,
  metadata: SharedV4ProviderMetadata | undefined,
  wire: Wire,
): ThinkingBlock | undefined {
  if (wire.reasoningProof !== 'thinking_blocks') return undefined
  const { signature, redactedData } = metadata?.[wire.optionsName] ?? {}
  if (typeof redactedData === 'string') return { type: 'redacted_thinking', data: redactedData }
  return typeof signature === 'string' ? { type: 'thinking', thinking: text, signature } : undefined
}

/** The reasoning of an earlier turn. Unsigned reasoning is left out: these wires do not take it back. */
export function reasoningParts(message: JsonObject, wire: Wire): LanguageModelV4ReasoningPart[] {
  if (wire.reasoningProof !== 'thinking_blocks') return []
  return asList(message.thinking_blocks).flatMap((value) => {
    const block = asObject(value)
    const proof =
      block.type === 'redacted_thinking'
        ? { redactedData: textOf(block.data) ?? '' }
        : { signature: textOf(block.signature) ?? '' }
    const text = textOf(block.thinking) ?? ''
    return [{ type: 'reasoning', text, providerOptions: { [wire.optionsName]: proof } } as const]
  })
}

/**
 * The signature of a tool call, where Google's own OpenAI endpoint has it
 * (https://ai.google.dev/gemini-api/docs/thought-signatures): `extra_content.google.thought_signature`.
 */
export function signatureMember(metadata: SharedV4ProviderMetadata | undefined, wire: Wire): object {
  if (wire.reasoningProof !== 'thought_signature') return {}
  const signature = metadata?.[wire.optionsName]?.thoughtSignature
  return typeof signature === 'string' ? { extra_content: { google: { thought_signature: signature } } } : {}
}

/** The same on its way back. */
export function toolCallProof(call: JsonObject, wire: Wire): { providerOptions?: SharedV4ProviderOptions } {
  if (wire.reasoningProof !== 'thought_signature') return {}
  const signature = textOf(asObject(asObject(call.extra_content).google).thought_signature)
  return signature === undefined ? {} : { providerOptions: { [wire.optionsName]: { thoughtSignature: signature } } }
}
