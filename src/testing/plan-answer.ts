// What the simulated model says to a question, before any wire encodes it.
import type { Behaviour, ScriptedToolCall, ScriptedUsage } from './behaviour.ts'
import type { JsonObject, JsonValue } from './json-value.ts'
import { quoteFrom, type ReadPrompt, readPrompt } from './read-prompt.ts'
import type { Billing } from './reply.ts'
import { cutToTokens, simulatedTokens, splitIntoPieces } from './simulated-tokens.ts'
import { synthesiseJson } from './synthesise-json.ts'

/** Who is speaking. */
export interface Voice {
  readonly label: string
  readonly simulated: boolean
  readonly echo: boolean
  /** Whether structured replies and answers are drawn from the prompt. */
  readonly reads: boolean
}

export interface OfferedTool {
  readonly name: string
  readonly parameters: JsonValue
}

/** A chat or generate request, whatever its wire. */
export interface Question {
  readonly model: string
  readonly inputTokens: number
  readonly lastUserText: string
  readonly maxOutputTokens?: number | undefined
  readonly stop: readonly string[]
  /** The tools to call, already chosen. */
  readonly toolsToCall: readonly OfferedTool[]
  /** A JSON Schema that the reply must satisfy, or `json` for any object. */
  readonly format?: 'json' | JsonObject | undefined
  /** Think first, whether or not the script says what. */
  readonly think: boolean
}

export interface ToolCall {
  readonly name: string
  /** As JSON, unless scripted otherwise. */
  readonly arguments: string
}

export interface Answer {
  readonly thinking: readonly string[]
  readonly content: readonly string[]
  readonly toolCalls: readonly ToolCall[]
  readonly finish: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly thinkingTokens: number
}

/** The simulated model's answer to one question. */
export function planAnswer(question: Question, behaviour: Behaviour, voice: Voice): Answer {
  const toolCalls = (behaviour.toolCalls ?? question.toolsToCall.map((tool) => callTo(tool, question, voice))).map(
    asToolCall,
  )
  const thinking = plannedThinking(question, behaviour)
  const thinkingTokens = simulatedTokens(thinking)
  const limit = (question.maxOutputTokens ?? Number.POSITIVE_INFINITY) - thinkingTokens
  const spoken = toolCalls.length > 0 ? (behaviour.text ?? '') : (behaviour.text ?? defaultText(question, voice))
  const text = limited(spoken, question.stop, limit)
  const content = behaviour.chunks ?? splitIntoPieces(text.kept)
  const toolTokens = toolCalls.reduce((sum, call) => sum + simulatedTokens(call.name + call.arguments), 0)
  const natural = toolCalls.length > 0 ? 'tool_calls' : text.finish
  return {
    thinking: splitIntoPieces(thinking),
    content,
    toolCalls,
    finish: behaviour.finishReason ?? (behaviour.chunks && toolCalls.length === 0 ? 'stop' : natural),
    inputTokens: question.inputTokens,
    outputTokens: thinkingTokens + simulatedTokens(content.join('')) + toolTokens,
    thinkingTokens,
  }
}

function callTo(tool: OfferedTool, question: Question, voice: Voice): ScriptedToolCall {
  return { name: tool.name, arguments: synthesiseJson(tool.parameters, promptRead(question, voice)) }
}

function promptRead({ lastUserText }: Question, { reads }: Voice): ReadPrompt | undefined {
  return reads ? readPrompt(lastUserText) : undefined
}

function asToolCall(call: ScriptedToolCall): ToolCall {
  const given = call.arguments
  return { name: call.name, arguments: typeof given === 'string' ? given : JSON.stringify(given) }
}

function plannedThinking(question: Question, behaviour: Behaviour): string {
  const thinking = behaviour.thinking ?? (question.think ? 'The simulated model pretends to think this over.' : '')
  return cutToTokens(thinking, question.maxOutputTokens ?? Number.POSITIVE_INFINITY)
}

function limited(text: string, stops: readonly string[], tokens: number): { kept: string; finish: 'stop' | 'length' } {
  const ends = stops.filter((stop) => stop !== '' && text.includes(stop)).map((stop) => text.indexOf(stop))
  const stopped = text.slice(0, Math.min(text.length, ...ends))
  const kept = cutToTokens(stopped, tokens)
  return { kept, finish: kept.length < stopped.length ? 'length' : 'stop' }
}

function defaultText(question: Question, voice: Voice): string {
  if (question.format === 'json') return JSON.stringify({ answer: prose(question, voice) })
  if (question.format) return JSON.stringify(synthesiseJson(question.format, promptRead(question, voice)))
  return prose(question, voice)
}

function prose(question: Question, voice: Voice): string {
  const words = question.lastUserText.match(/\S+/g)?.length ?? 0
  const mark = voice.simulated ? 'simulated ' : ''
  const quote = voice.reads ? quoteFrom(question.lastUserText) : undefined
  if (quote !== undefined) return `[${mark}${voice.label} ${question.model}] ${quote}`
  const start = `[${mark}${voice.label} ${question.model}] You asked about ${words} ${words === 1 ? 'word' : 'words'}.`
  const rest = voice.simulated ? ' No model has read them: this reply is made up, to try things out.' : ' Understood.'
  return start + rest + (voice.echo ? ` You said: ${question.lastUserText}` : '')
}

/** What a provider would charge for the answer: the scripted numbers, or the simulated ones `times` over. */
export function billingFor(answer: Answer, behaviour: Behaviour, times = 1): Billing {
  const scripted = scriptedUsage(behaviour)
  if (scripted) return { inputTokens: scripted.prompt_tokens, outputTokens: scripted.completion_tokens }
  return { inputTokens: answer.inputTokens, outputTokens: answer.outputTokens * times }
}

/** The scripted token counts, if the script has numbers. */
export function scriptedUsage(behaviour: Behaviour): ScriptedUsage | undefined {
  return typeof behaviour.usage === 'object' ? behaviour.usage : undefined
}
