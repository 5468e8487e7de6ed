// Owns the way from the AI SDK's prompt to OpenAI's messages.
import type { LanguageModelV4FilePart, LanguageModelV4Message, LanguageModelV4ToolResultPart } from '@ai-sdk/provider'
import { AegisError } from '../domain/errors.ts'
import type { ChatMessage } from '../domain/llm-task.ts'
import type { JsonObject } from '../domain/request-body.ts'

/** @throws AegisError `invalid_request` naming a part that OpenAI's shape has no place for. */
export function toChatMessages(prompt: readonly LanguageModelV4Message[]): ChatMessage[] {
  return prompt.flatMap((message, index) => toMessages(message, `prompt[${index}]`))
}

function toMessages(message: LanguageModelV4Message, path: string): ChatMessage[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }]
    case 'user': {
      const parts = message.content.map((part, index) =>
        part.type === 'text' ? { type: 'text', text: part.text } : fileOf(part, `${path}.content[${index}]`),
      )
      const [only] = message.content
      const words = parts.length === 1 && only?.type === 'text'
      return [{ role: 'user', content: words ? only.text : parts }]
    }
    case 'assistant':
      return [assistantMessage(message.content)]
    case 'tool':
      // Approvals are the SDK's own affair; a denied call has a result that says so.
      return message.content
        .filter((part) => part.type === 'tool-result')
        .map((part) => ({ role: 'tool', tool_call_id: part.toolCallId, content: resultOf(part, path) }))
  }
}

/** What a model thought is not sent again. */
function assistantMessage(content: Extract<LanguageModelV4Message, { role: 'assistant' }>['content']): ChatMessage {
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  const calls = content.flatMap((part) =>
    part.type === 'tool-call'
      ? [
          {
            id: part.toolCallId,
            type: 'function',
            function: { name: part.toolName, arguments: JSON.stringify(part.input) },
          },
        ]
      : [],
  )
  if (calls.length === 0) return { role: 'assistant', content: text }
  return { role: 'assistant', content: text === '' ? null : text, tool_calls: calls }
}

function resultOf({ output }: LanguageModelV4ToolResultPart, path: string): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value
    case 'json':
    case 'error-json':
      return JSON.stringify(output.value)
    case 'execution-denied':
      return output.reason ?? 'The call was denied.'
    case 'content':
      return output.value
        .map((part) => {
          if (part.type === 'text') return part.text
          throw wrong(path, `has a ${part.type} in a tool's result, which only takes words`)
        })
        .join('')
  }
}

function fileOf({ data, mediaType, filename = 'file' }: LanguageModelV4FilePart, path: string): JsonObject {
  if (data.type === 'text') return { type: 'text', text: data.text }
  if (data.type === 'reference') throw wrong(path, "is a reference to a provider's own file")
  const isImage = mediaType === 'image' || mediaType.startsWith('image/')
  if (data.type === 'url') {
    if (isImage) return { type: 'image_url', image_url: { url: data.url.href } }
    throw wrong(path, `is a ${mediaType} at an address; give its bytes`)
  }
  const bytes = typeof data.data === 'string' ? data.data : Buffer.from(data.data).toString('base64')
  if (isImage) {
    const type = mediaType.includes('/') && !mediaType.endsWith('*') ? mediaType : 'image/jpeg'
    return { type: 'image_url', image_url: { url: `data:${type};base64,${bytes}` } }
  }
  if (mediaType.startsWith('audio/')) {
    const format = mediaType === 'audio/mpeg' ? 'mp3' : mediaType.slice('audio/'.length).replace(/^x-/, '')
    return { type: 'input_audio', input_audio: { data: bytes, format } }
  }
  return { type: 'file', file: { filename, file_data: `data:${mediaType};base64,${bytes}` } }
}

function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}
