// The part of /api/chat that /api/generate does not have: messages, tools, tool calls.
import { asArray, asObject, asString, isObject, type JsonObject, parseJson } from '../json-value.ts'
import { countTools, offeredTools } from '../openai/read-question.ts'
import { simulatedId } from '../openai/simulated-id.ts'
import type { Answer } from '../plan-answer.ts'
import { simulatedTokens } from '../simulated-tokens.ts'
import { type GenerationStyle, imageTokens, type Piece } from './generation.ts'
import { doneReason, ollamaMetrics } from './metrics.ts'

export const chatStyle: GenerationStyle = {
  path: '/api/chat',
  verb: 'chat',
  isEmpty: (json) => asArray(json.messages).length === 0,
  needs: (json) => (asArray(json.tools).length > 0 ? ['tools'] : []),
  prompt(json) {
    const messages = asArray(json.messages).map(asObject)
    const parts = messages.map((message, index) => ({
      tokens: messageTokens(message),
      kept: message.role === 'system' || index === messages.length - 1,
    }))
    return [...parts, { tokens: countTools(asArray(json.tools)), kept: true }]
  },
  question(json) {
    const messages = asArray(json.messages).map(asObject)
    const tools = asArray(json.tools)
    return {
      lastUserText: asString(messages.findLast((message) => message.role === 'user')?.content) ?? '',
      toolsToCall: messages.at(-1)?.role === 'tool' ? [] : offeredTools(tools).slice(0, 1),
    }
  },
  piece: (piece) => ({ message: messageOf(piece) }),
  closing: (answer, behaviour) => ({
    done: true,
    done_reason: doneReason(answer),
    ...ollamaMetrics(answer, behaviour),
  }),
}

function messageTokens(message: JsonObject): number {
  const calls = asArray(message.tool_calls).map((call) => simulatedTokens(JSON.stringify(call)))
  const text = simulatedTokens(asString(message.content) ?? '') + imageTokens(message.images)
  return calls.reduce((sum, tokens) => sum + tokens, text)
}

function messageOf(piece: Piece): JsonObject {
  const calls = piece.toolCalls ?? []
  return {
    role: 'assistant',
    content: piece.content,
    thinking: piece.thinking === '' ? undefined : piece.thinking,
    tool_calls: calls.length > 0 ? calls.map(toolCallOf) : undefined,
  }
}

/** Ollama has parsed the arguments; what it could not parse never becomes a tool call. */
function toolCallOf(call: Answer['toolCalls'][number], index: number): JsonObject {
  const parsed = parseJson(call.arguments)
  return {
    id: simulatedId('call_', `${call.name} ${index} ${call.arguments}`, 8),
    function: { index, name: call.name, arguments: isObject(parsed) ? parsed : {} },
  }
}
