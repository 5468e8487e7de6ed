// Owns the most tokens that the input of a request can come to, by kind, and which of its texts could be counted exactly.
import type { JsonObject, JsonValue, RequestBody } from '../domain/request-body.ts'
import type { TokenRules } from '../domain/token-rules.ts'
import { audioSeconds } from './audio-length.ts'
import { base64Start, pictureSize } from './picture-size.ts'
import { PICTURE_TOKENS, pictureTokens } from './picture-tokens.ts'
import { inputAddedBy } from './unbounded-cost.ts'

/**
 * Tokens that OpenAI's chat template adds beyond a request's own bytes. It documents 3 per message and 3 for the reply
 * (https://developers.openai.com/cookbook, token counting); a message's own JSON punctuation is longer than that, so a
 * constant for the request is enough.
 */
export const OPENAI_TEMPLATE_TOKENS = 64

/**
 * The same for models whose template is not known. Some bring a system prompt of their own when there is none: that of
 * Mistral Small 3.1 has about 400 tokens, that of Devstral about 1,100 (their chat templates on Hugging Face).
 */
const UNKNOWN_TEMPLATE_TOKENS = 2048

/** What stands around tools: at most 530 tokens at Anthropic, by its table of tool use system prompts. */
const TOOL_PREAMBLE_TOKENS = 1024

/** A file part may hold any number of pages; without a known context window this stands in for one. */
const LARGEST_CONTEXT_TOKENS = 2_000_000

/** Parts that are nothing but their text. */
const TEXT_PARTS: ReadonlySet<unknown> = new Set(['text', 'refusal', 'input_text', 'output_text', 'thinking'])
const PICTURE_PARTS: ReadonlySet<unknown> = new Set(['image_url', 'image', 'input_image'])

export interface InputCount {
  /** Text, pictures and files: whatever costs what text costs. */
  readonly textTokens: number
  /** Sound, which costs more. */
  readonly audioTokens: number
}

/**
 * Upper bound of the input, from its bytes: byte-level tokenizers make at most one token of a byte, and the JSON text
 * of a string is never shorter than the string. Pictures and sound count by their model's rule in place of their
 * bytes; without a rule, with their bytes and by the worst that is known. No kind is more than the context window.
 * @param savedTokens bytes of texts from `countableTexts` that were counted and are no tokens.
 */
export function countInput(
  body: RequestBody,
  rules: TokenRules | undefined,
  contextTokens: number | undefined,
  savedTokens = 0,
): InputCount {
  const window = contextTokens ?? LARGEST_CONTEXT_TOKENS
  const template = rules?.template === undefined ? UNKNOWN_TEMPLATE_TOKENS : OPENAI_TEMPLATE_TOKENS
  let textTokens = body.mostBytes - savedTokens + template + (hasTools(body.view) ? TOOL_PREAMBLE_TOKENS : 0)
  let audioTokens = 0
  const { native } = body
  const readings = readingsOf(body)
  if (inputAddedBy(body.view) ?? (native && inputAddedBy(native.view))) textTokens += window * readings
  if (native?.wire === 'responses' && native.isMore) textTokens += window
  for (const message of messagesOf(body)) {
    // An earlier spoken answer, of which only the id is sent.
    if (isObject(message.audio)) audioTokens += window
    if (!Array.isArray(message.content)) continue
    for (const part of message.content) {
      if (!isObject(part) || TEXT_PARTS.has(part.type)) continue
      if (PICTURE_PARTS.has(part.type)) textTokens += pictureBeyondBytes(part, rules)
      else if (part.type === 'input_audio') {
        const sound = countSound(part, rules)
        textTokens -= sound.bytes
        audioTokens += sound.tokens
      } else textTokens += window
    }
  }
  if (contextTokens === undefined) return { textTokens, audioTokens }
  const windows = contextTokens * readings
  return { textTokens: Math.min(textTokens, windows), audioTokens: Math.min(audioTokens, windows) }
}

/**
 * How often a window may be filled: every text of an embedding is read by itself, and a response reads all that came before
 * again after each call of a tool that runs at its provider. Without a bound on those it has no cost bound either.
 */
function readingsOf(body: RequestBody): number {
  if (body.kind === 'embedding') return body.inputs
  const { native } = body
  if (native?.wire !== 'responses' || !inputAddedBy(native.view)) return 1
  const { max_tool_calls: most } = native.view
  return typeof most === 'number' ? Math.max(0, Math.ceil(most)) + 1 : 1
}

/**
 * The texts whose tokens do not depend on what stands around them, because a message stands between special tokens.
 * Not so, for all that is documented, what tools were asked and answered, several parts that become one text, and a
 * system message, unless the template is documented and there is nothing that would be rendered into it.
 */
export function countableTexts(body: RequestBody, rules: TokenRules): string[] {
  const { view } = body
  const systemStandsAlone = rules.template === 'documented' && !hasTools(view) && !isObject(view.response_format)
  const texts: string[] = []
  for (const { role, content, tool_calls: calls, function_call: call } of messagesOf(body)) {
    const standsAlone = role === 'user' || role === 'assistant' || (role === 'system' && systemStandsAlone)
    if (!standsAlone || isPresent(calls) || isPresent(call)) continue
    const text = typeof content === 'string' ? content : onlyText(content)
    if (text !== undefined && text !== '') texts.push(text)
  }
  return texts
}

function isPresent(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null
}

/** Whether any tools are offered, by the newer name or the older. */
function hasTools({ tools, functions }: JsonObject): boolean {
  return [tools, functions].some((list) => Array.isArray(list) && list.length > 0)
}

function onlyText(content: JsonValue | undefined): string | undefined {
  if (!Array.isArray(content)) return undefined
  const parts = content.filter(isObject).filter(({ type }) => !PICTURE_PARTS.has(type))
  const [part] = parts
  return parts.length === 1 && part?.type === 'text' && typeof part.text === 'string' ? part.text : undefined
}

/** What a picture adds to its bytes; negative for one that is sent along and counted by its rule. */
function pictureBeyondBytes(part: JsonObject, rules: TokenRules | undefined): number {
  if (!rules?.picture) return PICTURE_TOKENS
  const image = isObject(part.image_url) ? part.image_url : part
  const url = typeof part.image_url === 'string' ? part.image_url : image.url
  const isSent = typeof url === 'string' && base64Start(url) !== undefined
  const tokens = pictureTokens(rules.picture, isSent ? pictureSize(url) : undefined, image.detail === 'low')
  return isSent ? tokens - url.length : tokens
}

function countSound(part: JsonObject, rules: TokenRules | undefined): { bytes: number; tokens: number } {
  const data = isObject(part.input_audio) ? part.input_audio.data : undefined
  if (typeof data !== 'string') return { bytes: 0, tokens: 0 }
  const seconds = rules?.audioTokensPerSecond === undefined ? undefined : audioSeconds(data)
  const tokens = seconds === undefined ? data.length : Math.ceil(seconds * (rules?.audioTokensPerSecond ?? 0)) + 1
  return { bytes: data.length, tokens: Math.min(tokens, data.length) }
}

function messagesOf(body: RequestBody): readonly JsonObject[] {
  const { messages } = body.view
  return Array.isArray(messages) ? messages.filter(isObject) : []
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
