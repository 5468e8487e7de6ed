// Writes an answer as OpenAI writes it, whole and in chunks.
import type { JsonObject, JsonValue } from '../json-value.ts'
import type { Voice } from '../plan-answer.ts'
import type { Frame } from '../reply.ts'
import { splitIntoPieces } from '../simulated-tokens.ts'
import { sseDone, sseFrame } from '../stream-frames.ts'
import { simulatedId } from './simulated-id.ts'
import type { ChatEncoder, ChatReply } from './wire.ts'

/** How long after `finish_reason` a late usage chunk comes. */
export const lateUsageMs = 50

export function openAIChatEncoder(voice: Voice): ChatEncoder {
  const fingerprint = voice.simulated ? 'simulated' : 'fp_44709d6fcb'
  return {
    detailedUsage: true,
    body: (reply) => chatBody(reply, fingerprint),
    frames: (reply) => chatFrames(reply, fingerprint),
  }
}

function chatBody(reply: ChatReply, fingerprint: string): JsonObject {
  const { answer } = reply
  const toolCalls = answer.toolCalls.map((call, index) => ({
    id: toolCallId(reply, 0, index),
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }))
  const text = answer.content.join('')
  const message = {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    reasoning_content: answer.thinking.length > 0 ? answer.thinking.join('') : undefined,
    tool_calls: toolCalls.length > 0 ? toolCalls : undefined,
    refusal: null,
    annotations: [],
  }
  return {
    id: completionId(reply),
    object: 'chat.completion',
    created: nowSeconds(),
    model: reply.model,
    choices: indices(reply).map((index) => ({ index, message, logprobs: null, finish_reason: answer.finish })),
    usage: reply.usage.inBody,
    service_tier: 'default',
    system_fingerprint: fingerprint,
  }
}

function chatFrames(reply: ChatReply, fingerprint: string): readonly Frame[] {
  const { answer, usage } = reply
  const head = {
    id: completionId(reply),
    object: 'chat.completion.chunk',
    created: nowSeconds(),
    model: reply.model,
    service_tier: 'default',
    system_fingerprint: fingerprint,
  }
  const noUsage = usage.asked ? { usage: null } : {}
  const chunk = (choices: JsonValue, rest: JsonObject = noUsage): JsonObject => ({ ...head, choices, ...rest })
  const withDelta = (index: number, delta: JsonObject, finish: string | null = null): JsonValue => [
    { index, delta, logprobs: null, finish_reason: finish },
  ]
  const deltas = [...contentDeltas(reply), ...indices(reply).flatMap((choice) => toolDeltas(reply, choice))]
  const opening = { role: 'assistant', content: answer.content.length > 0 ? '' : null, refusal: null }
  const frames = [
    ...indices(reply).map((index) => sseFrame('preamble', chunk(withDelta(index, opening)))),
    ...deltas.map((one, position) => {
      const inline = usage.place === 'last_content_chunk' && position === deltas.length - 1
      const rest = inline ? { usage: usage.inStream } : noUsage
      return sseFrame('output', chunk(withDelta(one.choice, one.delta), rest), one.output)
    }),
    ...indices(reply).map((index) => sseFrame('closing', chunk(withDelta(index, {}, answer.finish)))),
  ]
  const usageFrame = sseFrame('closing', chunk([], { usage: usage.inStream }))
  if (usage.place === 'own_chunk') frames.push(usageFrame)
  if (usage.place === 'late_chunk') frames.push({ ...usageFrame, pauseMs: lateUsageMs })
  return [...frames, sseDone]
}

interface Delta {
  readonly choice: number
  readonly delta: JsonObject
  readonly output: string
}

/** The choices take turns, as OpenAI streams them. */
function contentDeltas(reply: ChatReply): readonly Delta[] {
  const { thinking, content } = reply.answer
  const pieces = [
    ...thinking.map((output) => ({ delta: { reasoning_content: output }, output })),
    ...content.map((output) => ({ delta: { content: output }, output })),
  ]
  return pieces.flatMap((piece) => indices(reply).map((choice) => ({ choice, ...piece })))
}

/** The name first, then the arguments in fragments that share the call's index. */
function toolDeltas(reply: ChatReply, choice: number): readonly Delta[] {
  return reply.answer.toolCalls.flatMap((call, index) => {
    const start = {
      index,
      id: toolCallId(reply, choice, index),
      type: 'function',
      function: { name: call.name, arguments: '' },
    }
    const fragments = splitIntoPieces(call.arguments).map((fragment) => ({
      choice,
      delta: { tool_calls: [{ index, function: { arguments: fragment } }] },
      output: fragment,
    }))
    return [{ choice, delta: { tool_calls: [start] }, output: call.name }, ...fragments]
  })
}

function indices(reply: ChatReply): readonly number[] {
  return Array.from({ length: reply.choices }, (_, index) => index)
}

function completionId(reply: ChatReply): string {
  return simulatedId('chatcmpl-', `completion ${reply.requestNumber}`, 29)
}

function toolCallId(reply: ChatReply, choice: number, index: number): string {
  return simulatedId('call_', `call ${reply.requestNumber} ${choice} ${index}`, 24)
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
