// Owns the attributes of a span that hold what was said, each of a bounded size, and what of it is to be searched before.
import type { Attributes } from '@opentelemetry/api'
import { ChatBody } from '../../domain/chat-body.ts'
import type { JsonObject } from '../../domain/request-body.ts'
import type { InputMessage, MessagePart } from '../message-part.ts'
import { outputOf } from '../output-messages.ts'
import type { ExchangedContent } from '../telemetry.ts'
import { inputOf } from './input-messages.ts'

/** Characters of text in one attribute. Collectors and their stores refuse spans of megabytes. */
export const MOST_CHARACTERS = 32 * 1024
const CUT = '…'

export interface SpanContent {
  readonly attributes: Attributes
  /** The output as a body that can be searched: together, since what is found may be split, and as it is exported. */
  readonly answer: ChatBody
}

/** Undefined of what is no conversation. */
export function spanContent({ request, reply }: ExchangedContent): SpanContent | undefined {
  if (request.kind !== 'chat') return undefined
  const { messages, instructions } = inputOf(request)
  const output = outputOf(reply)
  const json = (all: readonly InputMessage[]) => (all.length === 0 ? undefined : JSON.stringify(bounded(all)))
  const [system] = bounded([{ role: 'system', parts: instructions }])
  return {
    attributes: {
      'gen_ai.input.messages': json(messages),
      'gen_ai.output.messages': json(output),
      'gen_ai.system_instructions': instructions.length === 0 ? undefined : JSON.stringify(system?.parts),
    },
    answer: searchable(output),
  }
}

function searchable(output: readonly InputMessage[]): ChatBody {
  const pieces = output.flatMap(({ parts }) => parts.flatMap((part) => Object.values(part).slice(1)))
  const together = pieces.length > 1 ? [{ role: 'assistant', content: pieces.join('') }] : []
  const view = { messages: [...together, ...output] as unknown as JsonObject[] }
  return new ChatBody(Buffer.from(JSON.stringify(view)), view, [])
}

/** Of a message without its parts. */
const MESSAGE_CHARACTERS = 32

/** The newest messages; the oldest are left out, and the last one that fits in part is cut. */
function bounded<Message extends InputMessage>(messages: readonly Message[]): readonly Message[] {
  let left = MOST_CHARACTERS
  const kept: Message[] = []
  for (const message of messages.toReversed()) {
    if (left <= 0) break
    left -= MESSAGE_CHARACTERS
    const parts = message.parts.map((part) => {
      const short = cut(part, left)
      left -= lengthOf(part)
      return short
    })
    kept.unshift({ ...message, parts })
  }
  return kept
}

function lengthOf(part: MessagePart): number {
  return JSON.stringify(part).length
}

function cut(part: MessagePart, length: number): MessagePart {
  const shorten = (text: string) =>
    text.length > length ? text.slice(0, Math.max(0, length)).toWellFormed() + CUT : text
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { ...part, content: shorten(part.content) }
    case 'tool_call':
      return { ...part, arguments: shorten(part.arguments) }
    case 'tool_call_response':
      return { ...part, response: shorten(part.response) }
    default:
      return part
  }
}
