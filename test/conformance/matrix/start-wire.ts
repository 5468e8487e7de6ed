// Owns the wires of the matrix: each a gateway with one provider, before its simulated upstream.
import {
  type JsonObject,
  startAnthropicUpstream,
  startBedrockUpstream,
  startCohereUpstream,
  startGoogleUpstream,
  startOllamaUpstream,
  startOpenAIUpstream,
  type Upstream,
} from '../../../src/testing/index.ts'
import { type ProviderInput, type RunningGateway, startGateway } from '../../make/gateway.ts'
import type { SpokenWire } from './arrival.ts'

export interface MatrixWire extends AsyncDisposable {
  readonly upstream: Upstream
  readonly gateway: RunningGateway
  /** The body of the newest POST that the upstream received. */
  lastSent(): JsonObject | undefined
}

interface Service {
  readonly start: () => Promise<Upstream>
  readonly entry: Pick<ProviderInput, 'kind' | 'models' | 'region' | 'responses'>
  readonly path: string
}

const apiKey = 'key'
/** It thinks, sees and calls tools. */
const local = { name: 'qwen3-vl:8b', capabilities: ['completion', 'vision', 'tools', 'thinking'] }

const services: Readonly<Record<SpokenWire, Service>> = {
  openai: { start: () => startOpenAIUpstream({ apiKey }), entry: { kind: 'openai', models: ['gpt-5'] }, path: '/v1' },
  responses: {
    start: () => startOpenAIUpstream({ apiKey }),
    entry: { kind: 'openai', models: ['gpt-5'], responses: true },
    path: '/v1',
  },
  ollama: {
    start: () => startOllamaUpstream({ models: [local], thinkingModels: [local.name] }),
    entry: { kind: 'ollama', models: [local.name] },
    path: '',
  },
  anthropic: {
    start: () => startAnthropicUpstream({ apiKey }),
    entry: { kind: 'anthropic', models: ['claude-haiku-4-5'] },
    path: '',
  },
  google: {
    start: () => startGoogleUpstream({ apiKey }),
    entry: { kind: 'google', models: ['gemini-2.5-flash'] },
    path: '',
  },
  bedrock: {
    start: () => startBedrockUpstream({ apiKey }),
    entry: { kind: 'bedrock', region: 'eu-central-1', models: ['eu.anthropic.claude-haiku-4-5-20251001-v1:0'] },
    path: '',
  },
  cohere: {
    start: () => startCohereUpstream({ apiKey }),
    entry: { kind: 'cohere', models: ['command-a-reasoning-08-2025'] },
    path: '',
  },
}

export async function startMatrixWire(name: SpokenWire): Promise<MatrixWire> {
  const { start, entry, path } = services[name]
  const upstream = await start()
  const provider = {
    ...entry,
    base_url: upstream.url + path,
    ...(name === 'ollama' ? {} : { api_key: apiKey }),
  }
  const pricing = { [name]: { '*': { free: true } } }
  const gateway = await startGateway({ providers: { [name]: provider }, pricing })
  return {
    upstream,
    gateway,
    lastSent: () => upstream.journal.requests.findLast(({ method }) => method === 'POST')?.json,
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await upstream.close()
    },
  }
}
