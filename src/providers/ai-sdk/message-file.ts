// Owns the images, files and sounds of a message: data goes along, an address is passed on, and nothing is fetched.
import type { LanguageModelV4, LanguageModelV4FilePart, LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { asObject, textOf } from './json-reading.ts'
import { unsupported } from './unsupported.ts'
import type { Wire } from './wire.ts'

/** @throws ProviderFailure of kind `unsupported` for what is not one of OpenAI's parts, or not for this wire. */
export function filePart(part: JsonObject, attempt: FundedAttempt, wire: Wire): LanguageModelV4FilePart {
  switch (part.type) {
    case 'image_url':
      return imagePart(part.image_url, attempt, wire)
    case 'file':
      return documentPart(asObject(part.file), attempt, wire)
    case 'input_audio':
      return soundPart(asObject(part.input_audio), attempt, wire)
    default:
      throw unsupported(attempt, `takes no content part of type ${String(part.type).slice(0, 40)}`)
  }
}

function imagePart(value: JsonValue | undefined, attempt: FundedAttempt, wire: Wire): LanguageModelV4FilePart {
  const url = textOf(value) ?? textOf(asObject(value).url) ?? ''
  const data = dataOf(url)
  if (data) return dataPart(data, undefined, attempt, wire)
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw unsupported(attempt, 'takes an image as a data: URL in base64 or as an http address')
  const address = new URL(url)
  return { type: 'file', mediaType: imageTypeOf(address), data: { type: 'url', url: address } }
}

function documentPart(file: JsonObject, attempt: FundedAttempt, wire: Wire): LanguageModelV4FilePart {
  const data = dataOf(textOf(file.file_data) ?? '')
  if (!data)
    throw unsupported(attempt, 'takes a file as file_data, a data: URL in base64, and not by the id of an upload')
  return dataPart(data, textOf(file.filename), attempt, wire)
}

function soundPart(sound: JsonObject, attempt: FundedAttempt, wire: Wire): LanguageModelV4FilePart {
  const base64 = textOf(sound.data)
  if (base64 === undefined) throw unsupported(attempt, 'needs the data of a sound')
  return dataPart({ mediaType: sound.format === 'mp3' ? 'audio/mpeg' : 'audio/wav', base64 }, undefined, attempt, wire)
}

interface InlineData {
  readonly mediaType: string
  readonly base64: string
}

function dataPart(
  { mediaType, base64 }: InlineData,
  filename: string | undefined,
  attempt: FundedAttempt,
  wire: Wire,
): LanguageModelV4FilePart {
  if (!wire.acceptedMedia.test(mediaType)) throw unsupported(attempt, `takes no ${mediaType.slice(0, 60)}`)
  return {
    type: 'file',
    mediaType,
    data: mediaType.startsWith('text/')
      ? { type: 'text', text: Buffer.from(base64, 'base64').toString('utf8') }
      : { type: 'data', data: base64 },
    ...(filename === undefined ? {} : { filename }),
  }
}

function dataOf(url: string): InlineData | undefined {
  const comma = url.indexOf(',')
  const head = /^data:([\w.+-]+\/[\w.+-]+)(?:;[^;,]*)*?;base64$/i.exec(url.slice(0, Math.max(0, comma)))
  return head?.[1] === undefined ? undefined : { mediaType: head[1].toLowerCase(), base64: url.slice(comma + 1) }
}

const imageTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
}

/** Gemini wants to be told the type of an image that it fetches; the ending of its name is all there is to go by. */
function imageTypeOf({ pathname }: URL): string {
  const ending = /\.(\w+)$/.exec(pathname)?.[1]?.toLowerCase() ?? ''
  return imageTypes[ending] ?? 'image/*'
}

/**
 * Refuses addresses that the provider does not fetch itself: nobody else does so on behalf of a request.
 * @throws ProviderFailure of kind `unsupported`
 */
export async function assertAddressesServed(
  prompt: LanguageModelV4Prompt,
  model: LanguageModelV4,
  attempt: FundedAttempt,
): Promise<void> {
  for (const { content } of prompt) {
    if (typeof content === 'string') continue
    for (const part of content) {
      if (part.type !== 'file' || part.data.type !== 'url') continue
      const { url } = part.data
      const supported = Object.entries(await model.supportedUrls)
      if (
        !supported.some(
          ([type, patterns]) => covers(type, part.mediaType) && patterns.some((one) => one.test(url.href)),
        )
      )
        throw unsupported(
          attempt,
          'takes images of this kind as data: URLs only, because nothing is fetched for a request',
        )
    }
  }
}

function covers(pattern: string, mediaType: string): boolean {
  if (pattern === '*' || pattern === '*/*' || pattern === mediaType) return true
  return pattern.endsWith('/*') && mediaType.startsWith(pattern.slice(0, -1))
}
