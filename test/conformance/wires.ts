// Owns the two kinds of upstream that every client must be served by alike: the OpenAI wire and Ollama's own.
import { test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import {
  type Behaviour,
  type JsonObject,
  startOllamaUpstream,
  startOpenAIUpstream,
  type Upstream,
} from '../../src/testing/index.ts'
import { localOllama, openAIProvider, type ProviderInput, type RunningGateway, startGateway } from '../make/gateway.ts'

export const wireNames = ['openai', 'ollama'] as const
export type WireName = (typeof wireNames)[number]

/** One gateway in front of one upstream. */
export interface Wire extends AsyncDisposable {
  /** Also the provider's name. */
  readonly name: WireName
  readonly upstream: Upstream
  readonly gateway: RunningGateway
  /** The first configured model, which `auto` means. */
  readonly model: string
  /** The body of the newest POST that the upstream received. */
  lastSent(): JsonObject
}

/** Longer than anything here takes; a wait that reaches it has failed. */
export const patienceMs = 60_000

/** A stream that goes on for longer than anybody waits. */
export const endless: Behaviour = {
  chunks: Array.from({ length: 20_000 }, (_, index) => `word${index} `),
  chunkGapMs: 2,
}

/** One test for each wire. */
export function testEachWire(sentence: string, prove: (wire: Wire) => Promise<void>): void {
  for (const name of wireNames) {
    test(`${sentence} [${name} wire]`, async () => {
      await using wire = await startWire(name)
      await prove(wire)
    })
  }
}

export async function startWire(
  name: WireName,
  more: Partial<ProviderInput> = {},
  pricing: ConfigInput['pricing'] = {},
): Promise<Wire> {
  const upstream = await (name === 'openai' ? startOpenAI() : startOllama())
  const models = name === 'openai' ? ['gpt-4o', 'gpt-4o-mini'] : ['llama3.2:8b', 'qwen3:8b', 'llava:13b']
  const provider = (name === 'openai' ? openAIProvider : localOllama)(upstream, { models, ...more })
  const gateway = await startGateway({ providers: { [name]: provider }, pricing })
  const close = async () => {
    await gateway.close()
    await upstream.close()
  }
  const lastSent = () => upstream.journal.requests.findLast(({ method }) => method === 'POST')?.json ?? {}
  return { name, upstream, gateway, model: models[0] ?? '', lastSent, [Symbol.asyncDispose]: close }
}

function startOpenAI(): Promise<Upstream> {
  return startOpenAIUpstream({ models: ['gpt-4o', 'gpt-4o-mini'], apiKey: 'sk-openai-test' })
}

/** `qwen3:8b` thinks before it answers, `llava:13b` takes images. */
function startOllama(): Promise<Upstream> {
  const models = ['llama3.2:8b', 'qwen3:8b', { name: 'llava:13b', capabilities: ['completion', 'vision', 'tools'] }]
  return startOllamaUpstream({ models, thinkingModels: ['qwen3:8b'] })
}
