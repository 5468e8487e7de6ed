// Owns the way from LangChain's messages to OpenAI's, content blocks of both of LangChain's versions included.
import {
  type AIMessage,
  type BaseMessage,
  convertToProviderContentBlock,
  isDataContentBlock,
  type ChatMessage as NamedMessage,
  type ToolMessage,
} from '@langchain/core/messages'
import { convertLangChainToolCallToOpenAI } from '@langchain/core/output_parsers/openai_tools'
import { AegisError } from '../domain/errors.ts'
import type { ChatMessage } from '../domain/llm-task.ts'
import type { JsonObject } from '../domain/request-body.ts'
import { openAIBlocks, standardPart } from './content-blocks.ts'

/** @throws AegisError `invalid_request` naming a message or a block that cannot be said in OpenAI's shape. */
export function toChatMessages(messages: readonly BaseMessage[]): ChatMessage[] {
  return messages.map((message, index) => toChatMessage(message, `messages[${index}]`))
}

function toChatMessage(message: BaseMessage, path: string): ChatMessage {
  const name = message.name === undefined ? {} : { name: message.name }
  const type = message.getType()
  switch (type) {
    case 'human':
      return { role: 'user', content: contentOf(message, path), ...name }
    case 'system': {
      const role = message.additional_kwargs.__openai_role__ === 'developer' ? 'developer' : 'system'
      return { role, content: contentOf(message, path), ...name }
    }
    case 'ai':
      return { ...assistantMessage(message as AIMessage, path), ...name }
    case 'tool':
      return { role: 'tool', content: contentOf(message, path), tool_call_id: (message as ToolMessage).tool_call_id }
    case 'generic': {
      const role = (message as NamedMessage).role as ChatMessage['role']
      return { role, content: contentOf(message, path), ...name }
    }
    default:
      throw wrong(path, `is a ${type} message, which chat models have no more`)
  }
}

/** What a model thought, and calls that stand among its words as well as beside them, are not sent again. */
const leftOut = new Set(['reasoning', 'thinking', 'redacted_thinking', 'tool_use', 'tool_call', 'tool_call_chunk'])

function assistantMessage(message: AIMessage, path: string): ChatMessage {
  const calls = [
    ...(message.tool_calls ?? []).map((call) => convertLangChainToolCallToOpenAI(call)),
    ...(message.invalid_tool_calls ?? []).map(({ id, name, args }) => ({
      id: id ?? '',
      type: 'function',
      function: { name: name ?? '', arguments: args ?? '' },
    })),
  ]
  const content = contentOf(message, path, leftOut)
  const empty = content.length === 0
  return { role: 'assistant', content: empty && calls.length > 0 ? null : content, ...toolCalls(calls) }
}

function toolCalls(calls: readonly object[]): Pick<ChatMessage, 'tool_calls'> {
  return calls.length === 0 ? {} : { tool_calls: calls as readonly JsonObject[] }
}

function contentOf({ content }: BaseMessage, path: string, without?: ReadonlySet<string>): string | JsonObject[] {
  if (typeof content === 'string') return content
  const parts = content.filter(({ type }) => !without?.has(type))
  // Only words: as one text, which every wire can say.
  if (without && parts.every(({ type }) => type === 'text')) return parts.map(({ text }) => String(text)).join('')
  return parts.map((block, index) => partOf(block as Block, `${path}.content[${index}]`))
}

type Block = { readonly type: string; readonly [name: string]: unknown }

function partOf(block: Block, path: string): JsonObject {
  if (isDataContentBlock(block)) {
    try {
      return convertToProviderContentBlock(block, openAIBlocks) as JsonObject
    } catch {
      throw wrong(path, `is a ${block.type} block that OpenAI's shape has no place for`)
    }
  }
  const part = standardPart(block)
  if (!part) throw wrong(path, `is a ${block.type.slice(0, 40)} block that OpenAI's shape has no place for`)
  return part
}

function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}
