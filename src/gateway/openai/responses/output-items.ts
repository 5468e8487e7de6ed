// Owns the output items of a response, made from a chat's answer: reasoning, a message, calls of functions.

/** The part of a chat's message or delta that is read here. */
export interface ChatMessage {
  readonly content?: string | null
  readonly refusal?: string | null
  readonly reasoning_content?: string | null
  readonly reasoning?: string | null
  readonly tool_calls?: readonly ChatToolCall[] | null
}

export interface ChatToolCall {
  readonly index?: number
  readonly id?: string
  readonly function?: { readonly name?: string; readonly arguments?: string }
}

export interface ChatChoice {
  readonly index?: number
  readonly message?: ChatMessage
  readonly delta?: ChatMessage
  readonly logprobs?: { readonly content?: readonly object[] | null } | null
  readonly finish_reason?: string | null
}

/** Gives each item an id of its own. */
export type ItemId = (prefix: 'rs' | 'msg' | 'fc') => string

/** @param responseId of `resp_…`; ids of items carry the same random part. */
export function itemIds(responseId: string): ItemId {
  let count = 0
  return (prefix) => `${prefix}_${responseId.slice('resp_'.length)}${(count++).toString(16).padStart(2, '0')}`
}

/** Of a whole answer. */
export function outputItems({ message = {}, logprobs }: ChatChoice, idOf: ItemId): object[] {
  const items: object[] = []
  const thought = message.reasoning_content ?? message.reasoning
  if (thought) items.push(reasoningItem(idOf('rs'), thought))
  const parts = [
    ...(message.content ? [textPart(message.content, logprobs?.content ?? [])] : []),
    ...(message.refusal ? [refusalPart(message.refusal)] : []),
  ]
  const calls = message.tool_calls ?? []
  if (parts.length > 0 || calls.length === 0) items.push(messageItem(idOf('msg'), parts, 'completed'))
  for (const call of calls) {
    const { name = '', arguments: given = '' } = call.function ?? {}
    const id = idOf('fc')
    items.push(callItem({ id, callId: call.id ?? id, name, arguments: given }, 'completed'))
  }
  return items
}

type ItemStatus = 'in_progress' | 'completed'

export function reasoningItem(id: string, text: string): object {
  return { id, type: 'reasoning', summary: text === '' ? [] : [summaryPart(text)] }
}

export function summaryPart(text: string): object {
  return { type: 'summary_text', text }
}

export function messageItem(id: string, content: readonly object[], status: ItemStatus): object {
  return { id, type: 'message', status, role: 'assistant', content }
}

export function textPart(text: string, logprobs: readonly object[] = []): object {
  return { type: 'output_text', text, annotations: [], logprobs }
}

export function refusalPart(refusal: string): object {
  return { type: 'refusal', refusal }
}

export interface FunctionCall {
  readonly id: string
  readonly callId: string
  readonly name: string
  readonly arguments: string
}

export function callItem({ id, callId, name, arguments: given }: FunctionCall, status: ItemStatus): object {
  return { id, type: 'function_call', status, call_id: callId, name, arguments: given }
}
