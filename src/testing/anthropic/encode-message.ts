// Writes an answer as Anthropic writes it, whole and as events (https://platform.claude.com/docs/en/build-with-claude/streaming).
import type { Behaviour } from '../behaviour.ts'
import { type JsonObject, type JsonValue, parseJson } from '../json-value.ts'
import { simulatedId } from '../openai/simulated-id.ts'
import { type Answer, scriptedUsage } from '../plan-answer.ts'
import type { Frame } from '../reply.ts'
import { splitIntoPieces } from '../simulated-tokens.ts'
import { namedFrame } from '../stream-frames.ts'

export interface MessageReply {
  readonly answer: Answer
  readonly model: string
  readonly requestNumber: number
  readonly behaviour: Behaviour
}

const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
}

const signature = 'c2ltdWxhdGVkIHNpZ25hdHVyZQ=='

export function messageBody(reply: MessageReply): JsonObject {
  const { answer } = reply
  const content: JsonValue[] = []
  if (answer.thinking.length > 0) content.push({ type: 'thinking', thinking: answer.thinking.join(''), signature })
  const text = answer.content.join('')
  if (text !== '') content.push({ type: 'text', text })
  for (const [index, call] of answer.toolCalls.entries()) content.push(toolUse(reply, index, parseJson(call.arguments)))
  return { ...head(reply), content, stop_reason: stopReason(answer), stop_sequence: null, usage: usageOf(reply) }
}

export function messageFrames(reply: MessageReply): readonly Frame[] {
  const { answer } = reply
  const blocks = [
    ...thinkingBlock(answer),
    ...textBlock(answer),
    ...answer.toolCalls.map((_, at) => toolBlock(reply, at)),
  ]
  const usage = usageOf(reply)
  const opening = usage && { ...usage, output_tokens: usage.output_tokens === 0 ? 0 : 1 }
  const message = { ...head(reply), content: [], stop_reason: null, stop_sequence: null, usage: opening }
  const delta = { stop_reason: stopReason(answer), stop_sequence: null }
  return [
    frame('preamble', { type: 'message_start', message }),
    frame('preamble', { type: 'ping' }),
    ...blocks.flatMap((block, index) => [
      frame('preamble', { type: 'content_block_start', index, content_block: block.opening }),
      ...block.deltas.map(({ delta: one, output }) =>
        frame('output', { type: 'content_block_delta', index, delta: one }, output),
      ),
      frame('closing', { type: 'content_block_stop', index }),
    ]),
    frame('closing', { type: 'message_delta', delta, usage: usage && { output_tokens: usage.output_tokens } }),
    frame('closing', { type: 'message_stop' }),
  ]
}

interface Block {
  readonly opening: JsonObject
  readonly deltas: readonly { readonly delta: JsonObject; readonly output: string }[]
}

function thinkingBlock({ thinking }: Answer): Block[] {
  if (thinking.length === 0) return []
  const deltas = thinking.map((output) => ({ delta: { type: 'thinking_delta', thinking: output }, output }))
  const signed = { delta: { type: 'signature_delta', signature }, output: '' }
  return [{ opening: { type: 'thinking', thinking: '', signature: '' }, deltas: [...deltas, signed] }]
}

function textBlock({ content }: Answer): Block[] {
  if (content.length === 0) return []
  const deltas = content.map((output) => ({ delta: { type: 'text_delta', text: output }, output }))
  return [{ opening: { type: 'text', text: '' }, deltas }]
}

function toolBlock(reply: MessageReply, index: number): Block {
  const text = reply.answer.toolCalls[index]?.arguments ?? ''
  const deltas = ['', ...splitIntoPieces(text)].map((output) => ({
    delta: { type: 'input_json_delta', partial_json: output },
    output,
  }))
  return { opening: toolUse(reply, index, {}), deltas }
}

function toolUse({ answer, requestNumber }: MessageReply, index: number, input: JsonValue | undefined): JsonObject {
  const id = simulatedId('toolu_', `call ${requestNumber} ${index}`, 24)
  return { type: 'tool_use', id, name: answer.toolCalls[index]?.name ?? '', input: input ?? {} }
}

function head({ model, requestNumber }: MessageReply): JsonObject {
  const id = simulatedId('msg_', `message ${requestNumber}`, 24)
  return { id, type: 'message', role: 'assistant', model }
}

function stopReason({ finish }: Answer): string {
  return stopReasons[finish] ?? finish
}

interface AnthropicUsage extends JsonObject {
  readonly output_tokens: number
}

/** Undefined when the script leaves it out, which the real server never does. */
function usageOf({ answer, behaviour }: MessageReply): AnthropicUsage | undefined {
  if (behaviour.usage === 'absent') return undefined
  if (behaviour.usage === 'zero') return { input_tokens: 0, output_tokens: 0 }
  const scripted = scriptedUsage(behaviour)
  const read = scripted?.prompt_tokens_details?.cached_tokens ?? 0
  const written = scripted?.prompt_tokens_details?.cache_write_tokens ?? 0
  const reasoning = scripted?.completion_tokens_details?.reasoning_tokens ?? answer.thinkingTokens
  return {
    input_tokens: (scripted?.prompt_tokens ?? answer.inputTokens) - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: scripted?.completion_tokens ?? answer.outputTokens,
    ...(reasoning > 0 ? { output_tokens_details: { thinking_tokens: reasoning } } : {}),
    service_tier: 'standard',
  }
}

function frame(kind: Frame['kind'], data: JsonObject & { readonly type: string }, output = ''): Frame {
  return namedFrame(kind, data.type, data, output)
}
