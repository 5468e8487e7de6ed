// /api/embed and the older /api/embeddings.
import { simulatedEmbedding } from '../embedding.ts'
import { asNumber, asString, asStrings, isArray, type JsonObject } from '../json-value.ts'
import { scriptedUsage } from '../plan-answer.ts'
import type { Call, Reply, Route } from '../reply.ts'
import { simulatedTokens } from '../simulated-tokens.ts'
import { type Admitted, admit, type Gate, load, requestedContext } from './admit.ts'
import { nativeDialect, ollamaError, ollamaReply } from './errors.ts'

/** What the simulated embedding models give unless `dimensions` asks for less. */
export const embeddingLength = 768

interface Reader extends Admitted {
  readonly contextTokens: number
}

type Embed = (call: Call, reader: Reader) => Reply

export function embedRoutes(gate: Gate): readonly Route[] {
  return [route('/api/embed', gate, embedMany), route('/api/embeddings', gate, embedOne)]
}

function route(path: string, gate: Gate, embed: Embed): Route {
  return {
    method: 'POST',
    path,
    dialect: nativeDialect,
    inference: true,
    guarded: true,
    streams: () => false,
    answer(call) {
      const admitted = admit(call.json, { needs: [], verb: 'embed' }, gate)
      if ('refusal' in admitted) return admitted.refusal
      const { model, forwardedTo } = admitted
      const contextTokens = gate.catalogue.contextFor(model, forwardedTo, requestedContext(call.json))
      load(call.json, admitted, contextTokens, gate)
      return embed(call, { ...admitted, contextTokens })
    },
  }
}

function embedMany(call: Call, reader: Reader): Reply {
  const { json, behaviour } = call
  if (!isInput(json)) return ollamaError(400, 'invalid input type')
  const texts = asStrings(json.input)
  const lengths = texts.map(simulatedTokens)
  if (json.truncate === false && lengths.some((tokens) => tokens > reader.contextTokens)) {
    return ollamaError(400, 'the input length exceeds the context length')
  }
  const counted = lengths.reduce((sum, tokens) => sum + Math.min(tokens, reader.contextTokens), 0)
  const inputTokens = scriptedUsage(behaviour)?.prompt_tokens ?? counted
  const dimensions = Math.min(asNumber(json.dimensions) ?? embeddingLength, embeddingLength)
  const reported = behaviour.usage === 'absent' ? undefined : behaviour.usage === 'zero' ? 0 : inputTokens
  const reply = ollamaReply(200, {
    model: reader.replyName,
    embeddings: texts.map((text) => simulatedEmbedding(text, dimensions)),
    total_duration: 14_143_917 + counted * 10_000,
    load_duration: 1_019_500,
    prompt_eval_count: reported,
  })
  return { ...reply, billing: { inputTokens, outputTokens: 0 }, forwardedTo: reader.forwardedTo, pieces: 1 }
}

function isInput(json: JsonObject): boolean {
  if (isArray(json.input)) return json.input.every((one) => typeof one === 'string')
  return typeof json.input === 'string'
}

function embedOne(call: Call, reader: Reader): Reply {
  const prompt = asString(call.json.prompt) ?? ''
  const embedding = prompt === '' ? [] : simulatedEmbedding(prompt, embeddingLength)
  const reply = ollamaReply(200, { embedding })
  const inputTokens = Math.min(simulatedTokens(prompt), reader.contextTokens)
  return { ...reply, billing: { inputTokens, outputTokens: 0 }, forwardedTo: reader.forwardedTo, pieces: 1 }
}
