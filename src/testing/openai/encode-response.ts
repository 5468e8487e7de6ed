// Writes an answer as OpenAI's route for responses does, whole and in events (https://developers.openai.com/api/reference/resources/responses).
import type { Behaviour } from '../behaviour.ts'
import { asArray, type JsonObject, type JsonValue } from '../json-value.ts'
import { type Answer, scriptedUsage } from '../plan-answer.ts'
import type { Frame } from '../reply.ts'
import { splitIntoPieces } from '../simulated-tokens.ts'
import { namedFrame } from '../stream-frames.ts'
import { simulatedId } from './simulated-id.ts'

export interface ResponseReply {
  readonly answer: Answer
  readonly model: string
  readonly requestNumber: number
  readonly behaviour: Behaviour
  /** The request, some of whose members are repeated. */
  readonly asked: JsonObject
}

/** Thoughts in a form that only who made them can read. */
const sealed = 'gAAAAABsimulatedsealedthoughts'

export function responseBody(reply: ResponseReply): JsonObject {
  return responseOf(reply, closedItems(reply))
}

export function responseFrames(reply: ResponseReply): readonly Frame[] {
  let sequence = 0
  const frame = (kind: Frame['kind'], type: string, members: JsonObject, output = '') =>
    namedFrame(kind, type, { type, sequence_number: sequence++, ...members }, output)
  const begun = responseOf(reply, undefined)
  const frames = [
    frame('preamble', 'response.created', { response: begun }),
    frame('preamble', 'response.in_progress', { response: begun }),
  ]
  for (const [index, item] of itemsOf(reply).entries()) {
    const { id } = item.closed
    const place = { item_id: id, output_index: index, ...item.place }
    frames.push(frame('preamble', 'response.output_item.added', { output_index: index, item: item.opened }))
    if (item.part) {
      frames.push(frame('preamble', `response.${item.part.name}.added`, { ...place, part: item.part.opened }))
    }
    for (const delta of item.deltas) {
      frames.push(frame('output', `response.${item.event}.delta`, { ...place, ...item.extra, delta }, delta))
    }
    frames.push(frame('closing', `response.${item.event}.done`, { ...place, ...item.extra, ...item.whole }))
    if (item.part)
      frames.push(frame('closing', `response.${item.part.name}.done`, { ...place, part: item.part.closed }))
    frames.push(frame('closing', 'response.output_item.done', { output_index: index, item: item.closed }))
  }
  const response = responseBody(reply)
  const type = response.status === 'incomplete' ? 'response.incomplete' : 'response.completed'
  return [...frames, frame('closing', type, { response })]
}

/** One item of the output, and the events that tell of it. */
interface Item {
  readonly opened: JsonObject
  readonly closed: JsonObject
  readonly place: JsonObject
  readonly part?: { readonly name: string; readonly opened: JsonObject; readonly closed: JsonObject }
  readonly event: string
  readonly extra: JsonObject
  readonly deltas: readonly string[]
  /** What the event at its end holds. */
  readonly whole: JsonObject
}

function closedItems(reply: ResponseReply): readonly JsonObject[] {
  return itemsOf(reply).map(({ closed }) => closed)
}

function itemsOf(reply: ResponseReply): readonly Item[] {
  const { answer } = reply
  const calls = answer.toolCalls.map((call, index) => callItem(reply, index, call.name, call.arguments))
  const hasText = answer.content.length > 0 || calls.length === 0
  return [
    ...(answer.thinking.length > 0 ? [thoughtItem(reply)] : []),
    ...(hasText ? [messageItem(reply)] : []),
    ...calls,
  ]
}

function thoughtItem({ answer, requestNumber, asked }: ResponseReply): Item {
  const id = simulatedId('rs_', `thought ${requestNumber}`, 48)
  const text = answer.thinking.join('')
  const seal = asArray(asked.include).includes('reasoning.encrypted_content') ? { encrypted_content: sealed } : {}
  const part = (said: string) => ({ type: 'summary_text', text: said })
  return {
    opened: { id, type: 'reasoning', summary: [], ...seal },
    closed: { id, type: 'reasoning', summary: [part(text)], ...seal },
    place: { summary_index: 0 },
    part: { name: 'reasoning_summary_part', opened: part(''), closed: part(text) },
    event: 'reasoning_summary_text',
    extra: {},
    deltas: answer.thinking,
    whole: { text },
  }
}

function messageItem({ answer, requestNumber }: ResponseReply): Item {
  const id = simulatedId('msg_', `message ${requestNumber}`, 48)
  const text = answer.content.join('')
  const part = (said: string) => ({ type: 'output_text', text: said, annotations: [], logprobs: [] })
  const item = (status: string, content: readonly JsonValue[]) => ({
    ...{ id, type: 'message', status, role: 'assistant', content },
  })
  return {
    opened: item('in_progress', []),
    closed: item('completed', [part(text)]),
    place: { content_index: 0 },
    part: { name: 'content_part', opened: part(''), closed: part(text) },
    event: 'output_text',
    extra: { logprobs: [] },
    deltas: answer.content,
    whole: { text },
  }
}

function callItem({ requestNumber }: ResponseReply, index: number, name: string, given: string): Item {
  const id = simulatedId('fc_', `item ${requestNumber} ${index}`, 48)
  const call_id = simulatedId('call_', `call ${requestNumber} ${index}`, 24)
  const item = (status: string, written: string) => ({
    ...{ id, type: 'function_call', status, call_id, name, arguments: written },
  })
  return {
    opened: item('in_progress', ''),
    closed: item('completed', given),
    place: {},
    event: 'function_call_arguments',
    extra: {},
    deltas: splitIntoPieces(given),
    whole: { name, arguments: given },
  }
}

/** @param output undefined while it is being made. */
function responseOf(reply: ResponseReply, output: readonly JsonObject[] | undefined): JsonObject {
  const { answer, model, requestNumber, asked } = reply
  const isCut = answer.finish === 'length' || answer.finish === 'content_filter'
  const reason = answer.finish === 'length' ? 'max_output_tokens' : answer.finish
  const nowSeconds = Math.floor(Date.now() / 1000)
  return {
    id: simulatedId('resp_', `response ${requestNumber}`, 48),
    object: 'response',
    created_at: nowSeconds,
    status: output ? (isCut ? 'incomplete' : 'completed') : 'in_progress',
    background: false,
    error: null,
    incomplete_details: output && isCut ? { reason } : null,
    instructions: asked.instructions ?? null,
    max_output_tokens: asked.max_output_tokens ?? null,
    model,
    output: output ?? [],
    parallel_tool_calls: asked.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: asked.store ?? true,
    temperature: asked.temperature ?? 1,
    text: { format: { type: 'text' } },
    tool_choice: asked.tool_choice ?? 'auto',
    tools: asked.tools ?? [],
    top_p: asked.top_p ?? 1,
    truncation: 'disabled',
    usage: output ? usageOf(reply) : null,
    metadata: asked.metadata ?? {},
  }
}

function usageOf({ answer, behaviour }: ResponseReply): JsonObject | null {
  if (behaviour.usage === 'absent') return null
  const scripted = behaviour.usage === 'zero' ? { prompt_tokens: 0, completion_tokens: 0 } : scriptedUsage(behaviour)
  const input = scripted?.prompt_tokens ?? answer.inputTokens
  const output = scripted?.completion_tokens ?? answer.outputTokens
  const details = scripted && 'prompt_tokens_details' in scripted ? scripted : undefined
  const thought = scripted ? (details?.completion_tokens_details?.reasoning_tokens ?? 0) : answer.thinkingTokens
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: details?.prompt_tokens_details?.cached_tokens ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: thought },
    total_tokens: input + output,
  }
}
