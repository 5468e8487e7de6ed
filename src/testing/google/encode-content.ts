// Writes an answer as the Gemini API writes it, whole and in chunks (https://ai.google.dev/api/generate-content).
import type { Behaviour } from '../behaviour.ts'
import { type JsonObject, parseJson } from '../json-value.ts'
import { lateUsageMs } from '../openai/encode-chat.ts'
import { type Answer, scriptedUsage } from '../plan-answer.ts'
import type { Frame } from '../reply.ts'
import { sseFrame } from '../stream-frames.ts'

export interface ContentReply {
  readonly answer: Answer
  readonly model: string
  readonly requestNumber: number
  readonly behaviour: Behaviour
}

const finishReasons: Readonly<Record<string, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
}

const thoughtSignature = 'c2ltdWxhdGVkIHRob3VnaHQ='

export function contentBody(reply: ContentReply): JsonObject {
  const { answer } = reply
  const thought = answer.thinking.join('')
  const text = answer.content.join('')
  const parts = [
    ...(thought === '' ? [] : [{ text: thought, thought: true }]),
    ...(text === '' ? [] : [{ text }]),
    ...callParts(answer),
  ]
  return { ...candidate(reply, parts, finishOf(answer)), ...usageMember(reply) }
}

/** Every chunk reports the usage so far, as the real server does; the last one is final. */
export function contentFrames(reply: ContentReply): readonly Frame[] {
  const { answer, behaviour } = reply
  const outputs = [
    ...answer.thinking.map((output) => ({ part: { text: output, thought: true }, output })),
    ...answer.content.map((output) => ({ part: { text: output }, output })),
    ...callParts(answer).map((part, index) => ({ part, output: answer.toolCalls[index]?.arguments ?? '' })),
  ]
  const usage = usageMember(reply)
  const early = behaviour.usage === 'late' ? {} : usage
  const frames = outputs.map(({ part, output }) =>
    sseFrame('output', { ...candidate(reply, [part], undefined), ...partial(early) }, output),
  )
  const closing = sseFrame('closing', { ...candidate(reply, [{ text: '' }], finishOf(answer)), ...early })
  if (behaviour.usage !== 'late') return [...frames, closing]
  return [...frames, closing, { ...sseFrame('closing', { ...head(reply), ...usage }), pauseMs: lateUsageMs }]
}

function partial({ usageMetadata }: { usageMetadata?: JsonObject }): object {
  return usageMetadata ? { usageMetadata: { ...usageMetadata, candidatesTokenCount: 1 } } : {}
}

/** The first of parallel calls carries the signature of the thoughts before them. */
function callParts({ toolCalls }: Answer): JsonObject[] {
  return toolCalls.map((call, index) => ({
    functionCall: { name: call.name, args: parseJson(call.arguments) ?? {} },
    ...(index === 0 ? { thoughtSignature } : {}),
  }))
}

function candidate(reply: ContentReply, parts: readonly JsonObject[], finishReason: string | undefined): JsonObject {
  const content = { parts, role: 'model' }
  return { candidates: [{ content, ...(finishReason ? { finishReason } : {}), index: 0 }], ...head(reply) }
}

function head({ model, requestNumber }: ContentReply): JsonObject {
  return { modelVersion: model, responseId: `simulated-${requestNumber}` }
}

function finishOf({ finish }: Answer): string {
  return finishReasons[finish] ?? finish
}

function usageMember({ answer, behaviour }: ContentReply): { usageMetadata?: JsonObject } {
  if (behaviour.usage === 'absent') return {}
  const scripted = scriptedUsage(behaviour)
  const zero = behaviour.usage === 'zero'
  const prompt = zero ? 0 : (scripted?.prompt_tokens ?? answer.inputTokens)
  const output = zero ? 0 : (scripted?.completion_tokens ?? answer.outputTokens)
  const thoughts = zero ? 0 : (scripted?.completion_tokens_details?.reasoning_tokens ?? answer.thinkingTokens)
  const cached = scripted?.prompt_tokens_details?.cached_tokens ?? 0
  return {
    usageMetadata: {
      promptTokenCount: prompt,
      candidatesTokenCount: output - thoughts,
      totalTokenCount: prompt + output,
      ...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
      ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
    },
  }
}
