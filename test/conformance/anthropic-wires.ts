// Owns the upstreams that Anthropic's clients must be served by alike: OpenAI's wire, Ollama's own, and Anthropic's, which passes through.
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { startAnthropicUpstream, type Upstream } from '../../src/testing/index.ts'
import { type ProviderInput, type RunningGateway, startGateway } from '../make/gateway.ts'
import { startWire, type Wire, type WireName } from './wires.ts'

export const messageWireNames = ['openai', 'ollama', 'anthropic'] as const
export type MessageWireName = (typeof messageWireNames)[number]

export interface MessageWire extends Omit<Wire, 'name'> {
  readonly name: MessageWireName
}

/** One test for each wire. */
export function testEachMessageWire(sentence: string, prove: (wire: MessageWire) => Promise<void>): void {
  for (const name of messageWireNames) {
    test(`${sentence} [${name} wire]`, async () => {
      await using wire = await startMessageWire(name)
      await prove(wire)
    })
  }
}

export async function startMessageWire(name: MessageWireName): Promise<MessageWire> {
  if (name !== 'anthropic') return startWire(name satisfies WireName)
  const upstream = await startAnthropicUpstream({ models: ['claude-haiku-4-5'], apiKey: 'sk-ant-test' })
  const gateway = await startGateway({ providers: { anthropic: anthropicProvider(upstream) } })
  const lastSent = () => upstream.journal.requests.findLast(({ method }) => method === 'POST')?.json ?? {}
  const close = async () => {
    await gateway.close()
    await upstream.close()
  }
  return { name, upstream, gateway, model: 'claude-haiku-4-5', lastSent, [Symbol.asyncDispose]: close }
}

/** `claude-haiku-4-5` has a price in the public list. */
export function anthropicProvider(upstream: Upstream, more: Partial<ProviderInput> = {}): ProviderInput {
  return { kind: 'anthropic', base_url: upstream.url, api_key: 'sk-ant-test', models: ['claude-haiku-4-5'], ...more }
}

export function anthropicClient(gateway: RunningGateway, apiKey = 'any', maxRetries = 0): Anthropic {
  return new Anthropic({ baseURL: gateway.url, apiKey, maxRetries })
}

export const messages = [{ role: 'user' as const, content: 'Why is the sky blue?' }]
/** `auto` leaves the choice to the gateway. */
export const ask = { model: 'auto', max_tokens: 1024, messages }

/** Nobody can read an image, so without a word of the caller's it would stay at home. */
export const declaredPublic = { headers: { 'x-aegis-data-classification': 'public' } }

const input_schema = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const } },
  required: ['city'],
}
export const weather = { name: 'get_weather', description: 'The weather of a city.', input_schema }
