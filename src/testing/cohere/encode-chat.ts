// Writes an answer as Cohere writes it, whole and as events (https://docs.cohere.com/v2/docs/streaming).
import type { Behaviour } from '../behaviour.ts'
import type { JsonObject } from '../json-value.ts'
import { simulatedId } from '../openai/simulated-id.ts'
import { type Answer, scriptedUsage } from '../plan-answer.ts'
import type { Frame } from '../reply.ts'
import { splitIntoPieces } from '../simulated-tokens.ts'
import { namedFrame } from '../stream-frames.ts'

export interface CohereReply {
  readonly answer: Answer
  readonly requestNumber: number
  readonly behaviour: Behaviour
}

const finishReasons: Readonly<Record<string, string>> = {
  stop: 'COMPLETE',
  length: 'MAX_TOKENS',
  tool_calls: 'TOOL_CALL',
}

export function chatBody(reply: CohereReply): JsonObject {
  const { answer } = reply
  const thought = answer.thinking.join('')
  const text = answer.content.join('')
  const content = [
    ...(thought === '' ? [] : [{ type: 'thinking', thinking: thought }]),
    ...(text === '' ? [] : [{ type: 'text', text }]),
  ]
  const toolCalls = answer.toolCalls.map((_, index) => toolCall(reply, index, answer.toolCalls[index]?.arguments ?? ''))
  return {
    id: idOf(reply),
    finish_reason: finishOf(answer),
    message: {
      role: 'assistant',
      ...(content.length > 0 ? { content } : {}),
      ...(toolCalls.length > 0 ? { tool_plan: 'I will call tools.', tool_calls: toolCalls } : {}),
    },
    ...usageMember(reply),
  }
}

export function chatFrames(reply: CohereReply): readonly Frame[] {
  const { answer } = reply
  const blocks = [
    ...(answer.thinking.length > 0 ? [{ type: 'thinking', member: 'thinking', pieces: answer.thinking }] : []),
    ...(answer.content.length > 0 ? [{ type: 'text', member: 'text', pieces: answer.content }] : []),
  ]
  const delta = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
  return [
    event('preamble', 'message-start', { id: idOf(reply), delta: { message: delta } }),
    ...blocks.flatMap(({ type, member, pieces }, index) => [
      event('preamble', 'content-start', { index, delta: { message: { content: { type, [member]: '' } } } }),
      ...pieces.map((output) =>
        event('output', 'content-delta', { index, delta: { message: { content: { [member]: output } } } }, output),
      ),
      event('closing', 'content-end', { index }),
    ]),
    ...answer.toolCalls.flatMap((call, index) => [
      event(
        'output',
        'tool-call-start',
        { index, delta: { message: { tool_calls: toolCall(reply, index, '') } } },
        call.name,
      ),
      ...splitIntoPieces(call.arguments).map((output) =>
        event(
          'output',
          'tool-call-delta',
          { index, delta: { message: { tool_calls: { function: { arguments: output } } } } },
          output,
        ),
      ),
      event('closing', 'tool-call-end', { index }),
    ]),
    event('closing', 'message-end', {
      id: idOf(reply),
      delta: { finish_reason: finishOf(answer), ...usageMember(reply) },
    }),
  ]
}

function event(kind: Frame['kind'], type: string, data: JsonObject, output = ''): Frame {
  return namedFrame(kind, type, { type, ...data }, output)
}

function toolCall({ answer, requestNumber }: CohereReply, index: number, text: string): JsonObject {
  const name = answer.toolCalls[index]?.name ?? ''
  const id = simulatedId(`${name}_`, `call ${requestNumber} ${index}`, 12)
  return { id, type: 'function', function: { name, arguments: text } }
}

function idOf({ requestNumber }: CohereReply): string {
  return simulatedId('', `message ${requestNumber}`, 32)
}

function finishOf({ finish }: Answer): string {
  return finishReasons[finish] ?? finish
}

function usageMember({ answer, behaviour }: CohereReply): { usage?: JsonObject } {
  if (behaviour.usage === 'absent') return {}
  const scripted = scriptedUsage(behaviour)
  const zero = behaviour.usage === 'zero'
  const input = zero ? 0 : (scripted?.prompt_tokens ?? answer.inputTokens)
  const output = zero ? 0 : (scripted?.completion_tokens ?? answer.outputTokens)
  // What is billed has no template; the tokens that the model has read are more.
  const billed = { input_tokens: Math.max(0, input - 4), output_tokens: output }
  return { usage: { billed_units: billed, tokens: { input_tokens: input, output_tokens: output } } }
}
