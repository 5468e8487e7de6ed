// Owns content blocks: pictures, sound and files of LangChain's two standards as parts of OpenAI's messages.
import type { StandardContentBlockConverter } from '@langchain/core/messages'
import type { JsonObject } from '../domain/request-body.ts'

interface Part {
  readonly text: JsonObject
  readonly image: JsonObject
  readonly audio: JsonObject
  readonly file: JsonObject
}

/** Blocks with a `source_type`, LangChain's first standard. */
export const openAIBlocks: StandardContentBlockConverter<Part> = {
  providerName: 'ChatAegis',
  fromStandardTextBlock: ({ text }) => ({ type: 'text', text }),
  fromStandardImageBlock(block) {
    if (block.source_type === 'url') return picture(block.url)
    if (block.source_type === 'base64') return picture(dataUrl(block.mime_type, block.data))
    throw new TypeError('a picture by id')
  },
  fromStandardAudioBlock(block) {
    if (block.source_type === 'base64') return sound(block.mime_type, block.data)
    const [, mimeType, data] = block.source_type === 'url' ? (inDataUrl(block.url) ?? []) : []
    if (data === undefined) throw new TypeError('sound at an address')
    return sound(mimeType, data)
  },
  fromStandardFileBlock(block) {
    const name = nameIn(block.metadata)
    if (block.source_type === 'id') return { type: 'file', file: { file_id: block.id } }
    if (block.source_type === 'text') return { type: 'text', text: block.text }
    if (block.source_type === 'base64') return file(dataUrl(block.mime_type, block.data), name)
    if (!inDataUrl(block.url)) throw new TypeError('a file at an address')
    return file(block.url, name)
  },
}

/** Blocks of LangChain's second standard, and parts that are OpenAI's already. */
export function standardPart(block: {
  readonly type: string
  readonly [name: string]: unknown
}): JsonObject | undefined {
  const { url, data } = block
  const mimeType = textOr(block.mimeType, undefined)
  switch (block.type) {
    case 'text':
      return { type: 'text', text: String(block.text) }
    case 'text-plain':
      return typeof block.text === 'string' ? { type: 'text', text: block.text } : undefined
    case 'image_url':
      return typeof block.image_url === 'string' ? picture(block.image_url) : (block as JsonObject)
    case 'input_audio':
      return block as JsonObject
    case 'image':
      if (typeof url === 'string') return picture(url)
      return isData(data) ? picture(dataUrl(mimeType, base64(data))) : undefined
    case 'audio':
      return isData(data) ? sound(mimeType, base64(data)) : undefined
    case 'video':
      return isData(data) ? file(dataUrl(mimeType, base64(data)), nameIn(block.metadata)) : undefined
    case 'file':
      if (typeof block.file === 'object') return block as JsonObject
      if (typeof block.fileId === 'string') return { type: 'file', file: { file_id: block.fileId } }
      return isData(data) ? file(dataUrl(mimeType, base64(data)), nameIn(block.metadata)) : undefined
    default:
      return undefined
  }
}

const picture = (url: string): JsonObject => ({ type: 'image_url', image_url: { url } })
const file = (fileData: string, filename: string): JsonObject => ({
  type: 'file',
  file: { filename, file_data: fileData },
})
const dataUrl = (mimeType: string | undefined, data: string | Uint8Array) =>
  `data:${mimeType ?? 'application/octet-stream'};base64,${base64(data)}`
const inDataUrl = (url: string) => /^data:([^;,]+)[^,]*;base64,(.*)$/s.exec(url)

function sound(mimeType: string | undefined, data: string | Uint8Array): JsonObject {
  const format = mimeType === 'audio/mpeg' ? 'mp3' : (mimeType?.split('/')[1]?.replace(/^x-/, '') ?? 'wav')
  return { type: 'input_audio', input_audio: { data: base64(data), format } }
}

function nameIn(metadata: unknown): string {
  const named = typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {}
  return textOr(named.filename ?? named.name ?? named.title, 'file')
}

const isData = (value: unknown): value is string | Uint8Array =>
  typeof value === 'string' || value instanceof Uint8Array
const base64 = (data: string | Uint8Array) => (typeof data === 'string' ? data : Buffer.from(data).toString('base64'))

function textOr<Other>(value: unknown, other: Other): string | Other {
  return typeof value === 'string' ? value : other
}
