// The embeddings route, for every server that speaks OpenAI's wire.
import { embeddingAsBase64, simulatedEmbedding } from '../embedding.ts'
import { asNumber, asString, isArray, type JsonObject, type JsonValue } from '../json-value.ts'
import { scriptedUsage } from '../plan-answer.ts'
import { type Call, jsonReply, type Reply, type Route } from '../reply.ts'
import { simulatedTokens } from '../simulated-tokens.ts'
import { embeddingUsage } from './plan-usage.ts'
import type { OpenAIWire, ServingModel } from './wire.ts'

export function embeddingsRoute(path: string, wire: OpenAIWire): Route {
  return {
    method: 'POST',
    path,
    dialect: wire.dialect,
    inference: true,
    guarded: wire.guarded,
    streams: () => false,
    answer(call) {
      const admission = wire.admitEmbedding(call.json)
      return 'refusal' in admission ? admission.refusal : embed(call, admission)
    },
  }
}

function embed(call: Call, model: ServingModel): Reply {
  const { json, behaviour } = call
  const dimensions = asNumber(json.dimensions) ?? model.embeddingDimensions
  const inputs = inputsOf(json.input)
  const inputTokens = inputs.reduce((sum, input) => sum + model.read([{ tokens: input.tokens, kept: true }]), 0)
  const data = inputs.map((input, index) => ({
    object: 'embedding',
    embedding: encode(simulatedEmbedding(input.seed, dimensions), json),
    index,
  }))
  const usage = embeddingUsage(behaviour, inputTokens)
  const billed = scriptedUsage(behaviour)?.prompt_tokens ?? inputTokens
  const reply = jsonReply(200, { object: 'list', data, model: model.name, usage })
  const billing = { inputTokens: billed, outputTokens: 0 }
  return { ...reply, billing, forwardedTo: model.forwardedTo, pieces: 1 }
}

function encode(vector: readonly number[], json: JsonObject): JsonValue {
  return json.encoding_format === 'base64' ? embeddingAsBase64(vector) : vector
}

interface Input {
  readonly seed: string
  readonly tokens: number
}

/** One text, several texts, one list of token ids, or several. */
function inputsOf(input: JsonValue | undefined): readonly Input[] {
  if (!isArray(input)) return [inputOf(input ?? '')]
  return typeof input[0] === 'number' ? [inputOf(input)] : input.map(inputOf)
}

function inputOf(value: JsonValue): Input {
  if (isArray(value)) return { seed: JSON.stringify(value), tokens: value.length }
  const seed = asString(value) ?? ''
  return { seed, tokens: simulatedTokens(seed) }
}
