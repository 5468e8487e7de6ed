// A simulated Amazon Bedrock: Converse, whole and as an event stream, with signed requests or a bearer key.
import { isArray } from '../json-value.ts'
import { billingFor, planAnswer } from '../plan-answer.ts'
import { type Call, jsonReply, type Reply } from '../reply.ts'
import { startUpstream } from '../simulated-upstream.ts'
import type { Upstream, UpstreamOptions } from '../upstream.ts'
import { voiceOf } from '../voice-of.ts'
import { converseBody, converseFrames } from './encode-converse.ts'
import { bedrockDialect, bedrockRefusal, unknownBedrockRoute } from './errors.ts'
import { invokeEmbedding } from './invoke-embedding.ts'
import { readQuestion } from './read-question.ts'
import { type AccountKeys, isSignedBy } from './signature.ts'

/**
 * Options of {@link startBedrockUpstream}.
 *
 * @example
 * await startBedrockUpstream({ keys: { accessKeyId: 'AKIA', secretAccessKey: 'secret' } })
 */
export interface BedrockUpstreamOptions extends UpstreamOptions {
  /** The models it has; any other is a 404. Without a list every model name is served. */
  readonly models?: readonly string[]
  /** Serve requests that are signed with these, beside those with the `apiKey`. */
  readonly keys?: AccountKeys
}

/**
 * Starts a simulated Bedrock runtime on 127.0.0.1: `POST /model/{id}/converse` and `/converse-stream`, and
 * `/invoke` of models that embed.
 *
 * @example
 * await using bedrock = await startBedrockUpstream({ apiKey: 'key' })
 * bedrock.next({ status: 429 })
 */
export async function startBedrockUpstream(options: BedrockUpstreamOptions = {}): Promise<Upstream> {
  const label = options.label ?? 'bedrock'
  const { keys } = options
  return startUpstream(label, options, {
    routes: [
      {
        method: 'POST',
        path: '/model/*',
        dialect: bedrockDialect,
        inference: true,
        guarded: true,
        streams: (_, tail) => tail.endsWith('/converse-stream'),
        answer: (call) => answer(call, label, options),
      },
    ],
    ...(keys ? { admits: (request) => isSignedBy(keys, request) } : {}),
    unknownRoute: unknownBedrockRoute,
  })
}

function answer({ json, tail, behaviour, requestNumber }: Call, label: string, options: BedrockUpstreamOptions): Reply {
  const [, model, operation] = /^(.+)\/(converse|converse-stream|invoke)$/.exec(tail) ?? []
  if (model === undefined) return unknownBedrockRoute()
  if (options.models && !options.models.includes(model))
    return bedrockRefusal(404, 'ResourceNotFoundException', 'The model was not found.')
  if (operation === 'invoke') return invokeEmbedding({ json, tail, behaviour, requestNumber }, model)
  if (!isArray(json.messages)) return bedrockRefusal(400, 'ValidationException', 'messages is required.')
  const voice = voiceOf(label, options)
  const planned = planAnswer(readQuestion(json, model), behaviour, voice)
  const reply = { answer: planned, requestNumber, behaviour }
  const billing = billingFor(planned, behaviour)
  if (operation === 'converse-stream')
    return { kind: 'stream', contentType: bedrockDialect.streamContentType, frames: converseFrames(reply), billing }
  const pieces = Math.max(1, planned.thinking.length + planned.content.length + planned.toolCalls.length)
  return { ...jsonReply(200, converseBody(reply)), billing, pieces }
}
