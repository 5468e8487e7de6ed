// Owns the translation of a whole AI SDK answer into an OpenAI chat completion.
import type { LanguageModelV4GenerateResult } from '@ai-sdk/provider'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { Completion } from '../../domain/completion.ts'
import { type AnswerIdentity, finishReasonOf, headOf, usageObject, usageOf } from './answer-parts.ts'
import { failure } from './call-failure.ts'
import { imageMember } from './image-member.ts'
import type { Notes } from './notes.ts'
import { signatureMember, type ThinkingBlock, thinkingBlock } from './reasoning-proof.ts'
import type { Wire } from './wire.ts'

export interface AnswerContext {
  readonly attempt: FundedAttempt
  readonly wire: Wire
  readonly identity: AnswerIdentity
  readonly notes: Notes
}

/**
 * @param usageIsMissing the result's usage is a placeholder.
 * @throws ProviderFailure `in_band_error` or `truncated` for an answer that says that it is none.
 */
export function completionOf(
  result: LanguageModelV4GenerateResult,
  context: AnswerContext,
  usageIsMissing: boolean,
): Completion {
  const { attempt, identity, notes } = context
  notes.addWarnings(result.warnings)
  const message = messageOf(result.content, context.wire)
  const reason = finishReasonOf(result.finishReason, message.calls > 0)
  if (reason === 'error') throw failure(attempt, 'in_band_error', 'reported an error inside its answer')
  if (reason === 'truncated') throw failure(attempt, 'truncated', 'sent an answer without an end')
  const usage = usageIsMissing ? undefined : usageOf(result.usage)
  const body = {
    ...headOf(identity, 'chat.completion'),
    ...notes.member,
    choices: [{ index: 0, message: message.body, finish_reason: reason }],
    ...(usage ? { usage: usageObject(usage) } : {}),
  }
  return { kind: 'completion', body: Buffer.from(JSON.stringify(body)), usage }
}

function messageOf(
  content: LanguageModelV4GenerateResult['content'],
  wire: Wire,
): { readonly calls: number; readonly body: object } {
  const texts: string[] = []
  const thoughts: string[] = []
  const blocks: ThinkingBlock[] = []
  const calls: object[] = []
  const images: object[] = []
  for (const part of content) {
    switch (part.type) {
      case 'text':
        texts.push(part.text)
        break
      case 'reasoning': {
        if (part.text !== '') thoughts.push(part.text)
        const block = thinkingBlock(part.text, part.providerMetadata, wire)
        if (block) blocks.push(block)
        break
      }
      case 'tool-call':
        calls.push({
          id: part.toolCallId,
          type: 'function',
          function: { name: part.toolName, arguments: part.input },
          ...signatureMember(part.providerMetadata, wire),
        })
        break
      case 'file':
        images.push(imageMember(part))
        break
    }
  }
  const text = texts.join('')
  const body = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    ...(thoughts.length > 0 ? { reasoning_content: thoughts.join('') } : {}),
    ...(blocks.length > 0 ? { thinking_blocks: blocks } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(images.length > 0 ? { images } : {}),
  }
  return { calls: calls.length, body }
}
