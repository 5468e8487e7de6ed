// The mistakes in a native request that Ollama refuses, mostly those of clients that think in OpenAI's shapes.
import { asArray, asObject, isArray, type JsonObject, type JsonValue } from '../json-value.ts'
import type { BodyReply } from '../reply.ts'
import { ollamaError } from './errors.ts'

const thinkLevels: readonly JsonValue[] = ['high', 'medium', 'low', 'max', true, false, '']

/** The refusal of a chat or generate request whose fields have the wrong shape, in the words of the real server. */
export function refuseShape(json: JsonObject): BodyReply | undefined {
  const problem = asArray(json.messages).map(asObject).map(messageProblem).find(isProblem) ?? requestProblem(json)
  return problem === undefined ? refuseSetting(json) : ollamaError(400, problem)
}

function requestProblem(json: JsonObject): string | undefined {
  const { messages, think, keep_alive: keepAlive } = json
  if (messages !== undefined && messages !== null && !isArray(messages)) {
    return goTypeError(messages, 'ChatRequest.messages', '[]api.Message')
  }
  if (think !== undefined && think !== null && !thinkLevels.includes(think)) {
    return `invalid think value: ${JSON.stringify(think)} (must be "high", "medium", "low", "max", true, or false)`
  }
  if (typeof keepAlive === 'string' && !/^-?(\d+(\.\d+)?(ns|us|ms|s|m|h))+$|^-?0$/.test(keepAlive)) {
    return `time: invalid duration ${JSON.stringify(keepAlive)}`
  }
  return imageProblem(json.images)
}

function messageProblem(message: JsonObject): string | undefined {
  const { content } = message
  if (content !== undefined && content !== null && typeof content !== 'string') {
    return goTypeError(content, 'ChatRequest.messages.content', 'string')
  }
  const calls = asArray(message.tool_calls).map((call) => asObject(asObject(call).function))
  if (calls.some((call) => typeof call.arguments === 'string')) {
    return "Value looks like object, but can't find closing '}' symbol"
  }
  return imageProblem(message.images)
}

function imageProblem(images: JsonValue | undefined): string | undefined {
  for (const image of asArray(images)) {
    const wrong = typeof image === 'string' ? image.search(/[^A-Za-z0-9+/=\r\n]/) : -1
    if (wrong >= 0) return `illegal base64 data at input byte ${wrong}`
  }
  return undefined
}

function refuseSetting(json: JsonObject): BodyReply | undefined {
  const options = asObject(json.options)
  const wrong = ['num_ctx', 'num_predict', 'seed'].find(
    (name) => !['number', 'undefined'].includes(typeof options[name]),
  )
  if (wrong !== undefined) return ollamaError(500, `option "${wrong}" must be of type integer`)
  if (typeof json.format !== 'string' || json.format === 'json' || json.format === '') return undefined
  const shown = JSON.stringify(JSON.stringify(json.format))
  return ollamaError(500, `invalid format: ${shown}; expected "json" or a valid JSON Schema object`)
}

function goTypeError(value: JsonValue, field: string, wanted: string): string {
  const type = isArray(value) ? 'array' : typeof value
  return `json: cannot unmarshal ${type} into Go struct field ${field} of type ${wanted}`
}

function isProblem(problem: string | undefined): problem is string {
  return problem !== undefined
}
