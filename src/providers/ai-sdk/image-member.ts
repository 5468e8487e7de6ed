// Owns an image that a model has made, in the place where OpenRouter's clients look for it.
import type { LanguageModelV4File } from '@ai-sdk/provider'

/** One item of `images` (https://openrouter.ai/docs/features/multimodal/image-generation). */
export function imageMember({ mediaType, data }: LanguageModelV4File): object {
  return { type: 'image_url', image_url: { url: data.type === 'url' ? data.url.href : dataUrl(mediaType, data.data) } }
}

function dataUrl(mediaType: string, data: string | Uint8Array): string {
  return `data:${mediaType};base64,${typeof data === 'string' ? data : Buffer.from(data).toString('base64')}`
}
