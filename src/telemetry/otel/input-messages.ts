// Owns what the GenAI conventions call the input of a request: its messages, and instructions that stood apart from them.
import type { ChatBody } from '../../domain/chat-body.ts'
import { calledBy, type InputMessage, listOf, type MessagePart, objectOf, spoken, textOf } from '../message-part.ts'

export interface Input {
  readonly messages: readonly InputMessage[]
  /** Of a request whose wire has them beside its messages, as Anthropic's has. */
  readonly instructions: readonly MessagePart[]
}

export function inputOf(body: ChatBody): Input {
  const all = listOf(body.view.messages).map(messageOf)
  if (body.native === undefined) return { messages: all, instructions: [] }
  const first = all.findIndex(({ role }) => role !== 'system')
  const leading = first < 0 ? all.length : first
  return { messages: all.slice(leading), instructions: all.slice(0, leading).flatMap(({ parts }) => parts) }
}

function messageOf(message: unknown): InputMessage {
  const { role, content, tool_calls: calls, tool_call_id: id } = objectOf(message)
  const parts = typeof content === 'string' ? spoken('text', content) : listOf(content).map(partOf)
  if (role === 'tool') {
    const response = parts.map((part) => ('content' in part ? part.content : '')).join('\n')
    return { role, parts: [{ type: 'tool_call_response', id: typeof id === 'string' ? id : null, response }] }
  }
  return { role: textOf(role).slice(0, 32), parts: [...parts, ...listOf(calls).flatMap(calledBy)] }
}

function partOf(part: unknown): MessagePart {
  const { type, text } = objectOf(part)
  return type === 'text' ? { type, content: textOf(text) } : { type: `unshown_${textOf(type).slice(0, 32)}` }
}
