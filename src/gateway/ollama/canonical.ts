// Owns what Ollama's requests share on their way to the canonical request: options, format, images, and their checks.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { checkChat } from '../../domain/check-chat.ts'
import { AegisError } from '../../domain/errors.ts'

/** Ollama's options that OpenAI's request has too, and their names there. */
const sharedOptions: readonly (readonly [string, string])[] = [
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['frequency_penalty', 'frequency_penalty'],
  ['presence_penalty', 'presence_penalty'],
]

const ownedElsewhere = new Set([...sharedOptions.map(([name]) => name), 'num_predict', 'num_ctx'])

/**
 * Everything of a chat but its messages and tools. What only Ollama understands travels in the member `aegis`, which no
 * other wire is sent.
 */
export function canonicalSettings(view: JsonObject): JsonObject {
  const options = optionsOf(view)
  const shared: Record<string, JsonValue> = {}
  for (const [from, to] of sharedOptions) if (options[from] !== undefined) shared[to] = options[from]
  const cap = options.num_predict ?? 0
  if (typeof cap !== 'number') throw wrong('options.num_predict', 'must be a whole number')
  return {
    stream: streamOf(view),
    ...shared,
    ...(cap > 0 ? { max_tokens: cap } : {}),
    ...formatOf(view.format),
    ...(view.logprobs === undefined ? {} : { logprobs: view.logprobs }),
    ...(view.top_logprobs === undefined ? {} : { top_logprobs: view.top_logprobs }),
    aegis: { ollama: { ...ownSettings(view), ...(view.think === undefined ? {} : { think: view.think }) } },
  }
}

/** What an Ollama is told and nobody else. */
export function ownSettings(view: JsonObject): JsonObject {
  const options = Object.entries(optionsOf(view)).filter(([name]) => !ownedElsewhere.has(name))
  return {
    options: Object.fromEntries(options),
    ...(view.keep_alive === undefined ? {} : { keep_alive: view.keep_alive }),
  }
}

/** What a member of the canonical request is called by those who sent it here. */
const ollamaNames: ReadonlyMap<string | undefined, string> = new Map([
  ...sharedOptions.map(([from, to]) => [to, `options.${from}`] as const),
  ['max_tokens', 'options.num_predict'] as const,
])

/** @throws AegisError `invalid_request` by the names that the caller used. */
export function checkCanonical(chat: JsonObject): void {
  try {
    checkChat(chat)
  } catch (error) {
    const name = error instanceof AegisError ? ollamaNames.get(error.param) : undefined
    if (!(error instanceof AegisError) || name === undefined) throw error
    throw new AegisError(error.code, error.message.replace(error.param ?? '', name), { param: name })
  }
}

/** A text and images as OpenAI's content: the text alone where there are no images. */
export function contentOf(text: JsonValue, images: JsonValue | undefined, path: string): JsonValue {
  if (!Array.isArray(images) || images.length === 0) return text
  const shown = images.map((image: JsonValue, place) => imagePart(image, `${path}images[${place}]`))
  return [...(typeof text === 'string' && text !== '' ? [{ type: 'text', text }] : []), ...shown]
}

/** The first bytes of a base64 image say what it is. */
function imagePart(image: JsonValue, path: string): JsonObject {
  if (typeof image !== 'string') throw wrong(path, 'must be an image in base64')
  const type = image.startsWith('/9j/')
    ? 'jpeg'
    : image.startsWith('R0lG')
      ? 'gif'
      : image.startsWith('UklG')
        ? 'webp'
        : 'png'
  return { type: 'image_url', image_url: { url: `data:image/${type};base64,${image}` } }
}

function optionsOf(view: JsonObject): JsonObject {
  const { options } = view
  if (options === undefined || options === null) return {}
  if (!isObject(options)) throw wrong('options', 'must be an object')
  return options
}

function formatOf(format: JsonValue | undefined): JsonObject {
  if (format === undefined || format === null || format === '') return {}
  if (format === 'json') return { response_format: { type: 'json_object' } }
  if (isObject(format))
    return { response_format: { type: 'json_schema', json_schema: { name: 'format', schema: format } } }
  throw wrong('format', 'must be "json" or a JSON schema')
}

/** Ollama streams unless it is told not to. */
function streamOf({ stream }: JsonObject): boolean {
  if (stream === undefined || stream === null) return true
  if (typeof stream !== 'boolean') throw wrong('stream', 'must be true or false')
  return stream
}

export function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
