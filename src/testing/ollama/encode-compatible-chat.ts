// Writes an answer as Ollama's /v1 does: no role chunk of its own, whole tool calls, three usage fields.
import type { JsonObject } from '../json-value.ts'
import { lateUsageMs } from '../openai/encode-chat.ts'
import { simulatedId } from '../openai/simulated-id.ts'
import type { ChatEncoder, ChatReply } from '../openai/wire.ts'
import type { Voice } from '../plan-answer.ts'
import type { Frame } from '../reply.ts'
import { sseDone, sseFrame } from '../stream-frames.ts'

export function compatibleChatEncoder(voice: Voice): ChatEncoder {
  const fingerprint = voice.simulated ? 'simulated' : 'fp_ollama'
  return {
    detailedUsage: false,
    body: (reply) => chatBody(reply, fingerprint),
    frames: (reply) => chatFrames(reply, fingerprint),
  }
}

function chatBody(reply: ChatReply, fingerprint: string): JsonObject {
  const { answer } = reply
  const message = {
    role: 'assistant',
    content: answer.content.join(''),
    reasoning: answer.thinking.length > 0 ? answer.thinking.join('') : undefined,
    tool_calls: answer.toolCalls.length > 0 ? toolCalls(reply) : undefined,
  }
  return {
    ...head(reply, 'chat.completion', fingerprint),
    choices: [{ index: 0, message, finish_reason: answer.finish }],
    usage: reply.usage.inBody,
  }
}

function chatFrames(reply: ChatReply, fingerprint: string): readonly Frame[] {
  const { answer, usage } = reply
  const start = head(reply, 'chat.completion.chunk', fingerprint)
  const chunk = (delta: JsonObject, finish: string | null = null, rest: JsonObject = {}): JsonObject => ({
    ...start,
    choices: [{ index: 0, delta: { role: 'assistant', content: '', ...delta }, finish_reason: finish }],
    ...rest,
  })
  const deltas = [
    ...answer.thinking.map((output) => ({ delta: { reasoning: output }, output })),
    ...answer.content.map((output) => ({ delta: { content: output }, output })),
    ...(answer.toolCalls.length > 0 ? [toolDelta(reply)] : []),
  ]
  const frames = deltas.map(({ delta, output }, position) => {
    const inline = usage.place === 'last_content_chunk' && position === deltas.length - 1
    return sseFrame('output', chunk(delta, null, inline ? { usage: usage.inStream } : {}), output)
  })
  frames.push(sseFrame('closing', chunk({}, answer.finish)))
  const usageFrame = sseFrame('closing', { ...start, choices: [], usage: usage.inStream })
  if (usage.place === 'own_chunk') frames.push(usageFrame)
  if (usage.place === 'late_chunk') frames.push({ ...usageFrame, pauseMs: lateUsageMs })
  return [...frames, sseDone]
}

function toolDelta(reply: ChatReply): { delta: JsonObject; output: string } {
  const output = reply.answer.toolCalls.map((call) => call.name + call.arguments).join('')
  return { delta: { tool_calls: toolCalls(reply) }, output }
}

function toolCalls(reply: ChatReply): readonly JsonObject[] {
  return reply.answer.toolCalls.map((call, index) => ({
    id: simulatedId('call_', `call ${reply.requestNumber} ${index}`, 8),
    index,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }))
}

function head(reply: ChatReply, object: string, fingerprint: string): JsonObject {
  return {
    id: `chatcmpl-${reply.requestNumber % 1_000}`,
    object,
    created: Math.floor(Date.now() / 1_000),
    model: reply.model,
    system_fingerprint: fingerprint,
  }
}
