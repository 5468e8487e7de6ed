// Owns what the tests of OpenAI's own client share: the client as its users make it, and a question.
import OpenAI from 'openai'
import type { RunningGateway } from '../make/gateway.ts'

export const messages = [{ role: 'user' as const, content: 'Why is the sky blue?' }]
/** `auto` leaves the choice to the gateway. */
export const ask = { model: 'auto', messages }

/** Nobody can read an image, so without a word of the caller's it would stay at home. */
export const declaredPublic = { headers: { 'x-aegis-data-classification': 'public' } }

const parameters = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const }, days: { type: 'integer' as const } },
  required: ['city'],
}
export const weather = { type: 'function' as const, function: { name: 'get_weather', parameters } }

export function openAIClient(gateway: RunningGateway, apiKey = 'any', maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries })
}

/** What Aegis adds to the usage of an answer. */
export function costOf(usage: object | null | undefined): number | undefined {
  return usage && 'cost' in usage && typeof usage.cost === 'number' ? usage.cost : undefined
}
