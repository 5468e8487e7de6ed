// Writes an answer as Bedrock writes it, whole and as events
// (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).
import type { Behaviour } from '../behaviour.ts'
import { type JsonObject, type JsonValue, parseJson } from '../json-value.ts'
import { lateUsageMs } from '../openai/encode-chat.ts'
import { simulatedId } from '../openai/simulated-id.ts'
import { type Answer, scriptedUsage } from '../plan-answer.ts'
import type { Frame } from '../reply.ts'
import { splitIntoPieces } from '../simulated-tokens.ts'
import { eventMessage } from './event-stream.ts'

export interface ConverseReply {
  readonly answer: Answer
  readonly requestNumber: number
  readonly behaviour: Behaviour
}

const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
}

const signature = 'c2ltdWxhdGVkIHNpZ25hdHVyZQ=='

export function converseBody(reply: ConverseReply): JsonObject {
  const { answer } = reply
  const thought = answer.thinking.join('')
  const text = answer.content.join('')
  const content: JsonValue[] = [
    ...(thought === '' ? [] : [{ reasoningContent: { reasoningText: { text: thought, signature } } }]),
    ...(text === '' ? [] : [{ text }]),
    ...answer.toolCalls.map((call, index) => ({
      toolUse: { ...toolUse(reply, index), input: parseJson(call.arguments) ?? {} },
    })),
  ]
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: stopReason(answer),
    metrics: { latencyMs: 1 },
    // The real server always reports it; without it the answer is not one.
    ...usageMember(reply),
  }
}

export function converseFrames(reply: ConverseReply): readonly Frame[] {
  const { answer, behaviour } = reply
  const blocks = [
    ...thinkingBlock(answer),
    ...textBlock(answer),
    ...answer.toolCalls.map((_, at) => toolBlock(reply, at)),
  ]
  const metadata = frame('closing', 'metadata', { ...usageMember(reply), metrics: { latencyMs: 1 } })
  return [
    frame('preamble', 'messageStart', { role: 'assistant' }),
    ...blocks.flatMap(({ start, deltas }, contentBlockIndex) => [
      ...(start ? [frame('preamble', 'contentBlockStart', { contentBlockIndex, start })] : []),
      ...deltas.map(({ delta, output }) => frame('output', 'contentBlockDelta', { contentBlockIndex, delta }, output)),
      frame('closing', 'contentBlockStop', { contentBlockIndex }),
    ]),
    frame('closing', 'messageStop', { stopReason: stopReason(answer) }),
    ...(behaviour.usage === 'absent'
      ? []
      : [behaviour.usage === 'late' ? { ...metadata, pauseMs: lateUsageMs } : metadata]),
  ]
}

interface Block {
  readonly start?: JsonObject
  readonly deltas: readonly { readonly delta: JsonObject; readonly output: string }[]
}

function thinkingBlock({ thinking }: Answer): Block[] {
  if (thinking.length === 0) return []
  const deltas = thinking.map((output) => ({ delta: { reasoningContent: { text: output } }, output }))
  return [{ deltas: [...deltas, { delta: { reasoningContent: { signature } }, output: '' }] }]
}

function textBlock({ content }: Answer): Block[] {
  return content.length === 0 ? [] : [{ deltas: content.map((output) => ({ delta: { text: output }, output })) }]
}

function toolBlock(reply: ConverseReply, index: number): Block {
  const pieces = splitIntoPieces(reply.answer.toolCalls[index]?.arguments ?? '')
  const deltas = pieces.map((output) => ({ delta: { toolUse: { input: output } }, output }))
  return { start: { toolUse: toolUse(reply, index) }, deltas }
}

function toolUse({ answer, requestNumber }: ConverseReply, index: number): JsonObject {
  const toolUseId = simulatedId('tooluse_', `call ${requestNumber} ${index}`, 22)
  return { toolUseId, name: answer.toolCalls[index]?.name ?? '' }
}

/** `p` fills events to a common length, so that lengths say less of the text. */
function frame(kind: Frame['kind'], name: string, payload: JsonObject, output = ''): Frame {
  return { kind, bytes: eventMessage(name, { ...payload, p: 'abcdefgh' }), weight: Buffer.byteLength(output) }
}

function stopReason({ finish }: Answer): string {
  return stopReasons[finish] ?? finish
}

function usageMember({ answer, behaviour }: ConverseReply): { usage?: JsonObject } {
  if (behaviour.usage === 'absent') return {}
  const scripted = scriptedUsage(behaviour)
  const zero = behaviour.usage === 'zero'
  const read = scripted?.prompt_tokens_details?.cached_tokens ?? 0
  const written = scripted?.prompt_tokens_details?.cache_write_tokens ?? 0
  const input = (zero ? 0 : (scripted?.prompt_tokens ?? answer.inputTokens)) - read - written
  const output = zero ? 0 : (scripted?.completion_tokens ?? answer.outputTokens)
  return {
    usage: {
      inputTokens: input,
      outputTokens: output,
      totalTokens: input + read + written + output,
      cacheReadInputTokens: read,
      cacheWriteInputTokens: written,
    },
  }
}
