// What /api/chat and /api/generate share: admission, loading, truncation, and the way to a stream or a body.
import type { Behaviour } from '../behaviour.ts'
import { type PromptPart, tokensRead, totalTokens } from '../context-window.ts'
import { asArray, asNumber, asObject, asStrings, isObject, type JsonObject, type JsonValue } from '../json-value.ts'
import { type Answer, billingFor, planAnswer, type Question, type Voice } from '../plan-answer.ts'
import type { Call, Frame, Reply, Route } from '../reply.ts'
import { simulatedTokensPerImage } from '../simulated-tokens.ts'
import { lineFrame } from '../stream-frames.ts'
import { type Admitted, admit, asksToThink, type Gate, load, requestedContext, thinks, unloads } from './admit.ts'
import { nativeDialect, ollamaError, ollamaReply } from './errors.ts'
import { lineHead } from './metrics.ts'
import { refuseShape } from './refuse-shape.ts'

/** The parts in which /api/chat and /api/generate differ. */
export interface GenerationStyle {
  readonly path: string
  readonly verb: 'chat' | 'generate'
  /** Nothing to answer: the request only loads or unloads the model. */
  isEmpty(json: JsonObject): boolean
  needs(json: JsonObject): readonly string[]
  prompt(json: JsonObject): readonly PromptPart[]
  question(json: JsonObject): Pick<Question, 'lastUserText' | 'toolsToCall'>
  /** The fields of a line that carry the given piece of the reply. */
  piece(piece: Piece): JsonObject
  /** The fields of the closing line, or of the whole reply. */
  closing(answer: Answer, behaviour: Behaviour): JsonObject
}

/** One piece of a reply; an empty one for the closing line, all of it for a reply that is not a stream. */
export interface Piece {
  readonly content: string
  readonly thinking?: string
  readonly toolCalls?: Answer['toolCalls']
}

export function generationRoute(style: GenerationStyle, gate: Gate, voice: Voice): Route {
  return {
    method: 'POST',
    path: style.path,
    dialect: nativeDialect,
    inference: true,
    guarded: true,
    streams: isStream,
    answer: (call) => generate(call, style, gate, voice),
  }
}

function isStream(json: JsonObject): boolean {
  return json.stream !== false
}

function generate(call: Call, style: GenerationStyle, gate: Gate, voice: Voice): Reply {
  const { json, behaviour } = call
  const misshapen = refuseShape(json)
  if (misshapen) return misshapen
  const needs = ['completion', ...style.needs(json), ...(asksToThink(json) ? ['thinking'] : [])]
  const admitted = admit(json, { needs, verb: style.verb }, gate)
  if ('refusal' in admitted) return admitted.refusal
  const { model, replyName, forwardedTo } = admitted
  const context = gate.catalogue.contextFor(model, forwardedTo, requestedContext(json))
  load(json, admitted, context, gate)
  if (style.isEmpty(json)) return loadOnly(json, admitted, style)
  const prompt = style.prompt(json)
  if (json.truncate === false && totalTokens(prompt) > context) {
    return ollamaError(400, 'the input length exceeds the context length')
  }
  const think = thinks(json.think, model)
  const inputTokens = tokensRead(prompt, context)
  const question = {
    ...style.question(json),
    ...settings(json, context - inputTokens + 1),
    model: replyName,
    inputTokens,
    think,
  }
  const answer = planAnswer(question, behaviour, voice)
  const charge = { billing: billingFor(answer, behaviour), forwardedTo }
  const head = () => lineHead(replyName, model)
  if (isStream(json)) {
    const frames = linesOf(answer, behaviour, style, head)
    return { kind: 'stream', contentType: nativeDialect.streamContentType, frames, ...charge }
  }
  const whole = { content: answer.content.join(''), thinking: answer.thinking.join(''), toolCalls: answer.toolCalls }
  const body = { ...head(), ...style.piece(whole), ...style.closing(answer, behaviour) }
  const pieces = Math.max(1, answer.thinking.length + answer.content.length + answer.toolCalls.length)
  return { ...ollamaReply(200, body), ...charge, pieces }
}

/** `room` is what fits into the context after the prompt; the model goes past it unless `shift` is false. */
function settings(json: JsonObject, room: number): Pick<Question, 'stop' | 'maxOutputTokens' | 'format'> {
  const options = asObject(json.options)
  const wanted = asNumber(options.num_predict) ?? -1
  const limit = wanted >= 0 ? wanted : Number.POSITIVE_INFINITY
  return {
    stop: asStrings(options.stop),
    maxOutputTokens: json.shift === false ? Math.min(limit, room) : limit,
    format: isObject(json.format) ? json.format : json.format === 'json' ? 'json' : undefined,
  }
}

function loadOnly(json: JsonObject, admitted: Admitted, style: GenerationStyle): Reply {
  const done = { done: true, done_reason: unloads(json) ? 'unload' : 'load' }
  return ollamaReply(200, { ...lineHead(admitted.replyName, admitted.model), ...style.piece({ content: '' }), ...done })
}

/** Thinking, then text, then all tool calls in one line, then the figures. */
function linesOf(
  answer: Answer,
  behaviour: Behaviour,
  style: GenerationStyle,
  head: () => JsonObject,
): readonly Frame[] {
  const pieces = [
    ...answer.thinking.map((thinking) => ({ content: '', thinking })),
    ...answer.content.map((content) => ({ content })),
    ...(answer.toolCalls.length > 0 ? [{ content: '', toolCalls: answer.toolCalls }] : []),
  ]
  return [
    ...pieces.map((piece) => lineFrame('output', { ...head(), ...style.piece(piece), done: false }, outputOf(piece))),
    lineFrame('closing', { ...head(), ...style.piece({ content: '' }), ...style.closing(answer, behaviour) }),
  ]
}

function outputOf(piece: Piece): string {
  const calls = piece.toolCalls?.map((call) => call.name + call.arguments) ?? []
  return [piece.content, piece.thinking ?? '', ...calls].join('')
}

export function imageTokens(images: JsonValue | undefined): number {
  return asArray(images).length * simulatedTokensPerImage
}
