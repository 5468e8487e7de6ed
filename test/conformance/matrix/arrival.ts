// Owns the words of the matrix: a field of a dialect, and where it arrives at each wire or why it does not.
import type { JsonValue } from '../../../src/testing/index.ts'

export const wireNames = ['openai', 'ollama', 'anthropic', 'google', 'bedrock', 'cohere'] as const
export type WireName = (typeof wireNames)[number]

export const dialectNames = ['openai', 'anthropic', 'ollama'] as const
export type DialectName = (typeof dialectNames)[number]

/** Responses are made from a chat's answer, or pass through where the provider has the route, as a wire beside its chat. */
export const spokenNames = [...dialectNames, 'responses'] as const
export type SpokenName = (typeof spokenNames)[number]
export type SpokenWire = WireName | 'responses'

/** What becomes of a field at one wire. */
export type Arrival =
  /** It stands there in the body that the provider receives. */
  | { readonly at: string; readonly is: JsonValue }
  /** The request is answered without it. */
  | { readonly leftOut: string }
  /** Nothing is sent: the next candidate is asked, or the caller is told. */
  | { readonly refused: string }

export interface CarriedField {
  /** As the dialect calls it. */
  readonly field: string
  /** Members that take the place of those of a plain request. */
  readonly body: Readonly<Record<string, JsonValue>>
  /** The same without the field, where that is more than a plain request: where it is left out, both send the same. */
  readonly without?: Readonly<Record<string, JsonValue>>
  /** At a provider of the same wire it is as it came where nothing is said. */
  readonly arrives: Readonly<Partial<Record<SpokenWire, Arrival>>>
}

export function at(path: string, is: JsonValue): Arrival {
  return { at: path, is }
}

export function leftOut(why: string): Arrival {
  return { leftOut: why }
}

export function refused(why: string): Arrival {
  return { refused: why }
}

/** Reasons that come again and again. */
export const because = {
  noMember: 'the wire has no such member',
  package: 'the package of the AI SDK does not send it',
  nothingFetched: 'nothing is fetched for a request: data only',
  thinkingForced: 'with thinking the wire takes no forced tool',
} as const

/** A picture of one pixel, in base64. */
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ'
export const pdf = 'JVBERi0xLjQK'
export const photo = 'https://example.com/a.png'
export const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const
export const warm = {
  type: 'object',
  properties: { warm: { type: 'boolean' } },
  required: ['warm'],
  additionalProperties: false,
} as const
