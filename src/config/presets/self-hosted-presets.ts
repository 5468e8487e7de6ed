// Owns the table of programs that serve the OpenAI wire on one's own machine, by their documentation.
import { bearerKey, type OpenAIWireTraits, plainTraits } from '../../domain/openai-wire-traits.ts'
import type { Preset } from './preset.ts'

interface Program extends Pick<Preset, 'id' | 'title' | 'variable' | 'sources'> {
  /** The port on loopback that its documentation uses. */
  readonly port: number
  readonly traits?: Partial<OpenAIWireTraits>
}

function program({ port, traits, ...rest }: Program): Preset {
  return {
    ...rest,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    path: '/v1',
    domains: [],
    selfHosted: true,
    needsKey: false,
    key: bearerKey,
    role: undefined,
    isPriced: false,
    traits: { ...plainTraits, embeds: true, ...traits },
    discovery: { by: 'listing' },
  }
}

export const selfHostedPresets: readonly Preset[] = [
  program({
    id: 'vllm',
    title: 'vLLM',
    port: 8000,
    variable: 'VLLM_API_KEY',
    traits: { outputCapMembers: ['max_completion_tokens', 'max_tokens'] },
    sources: ['https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html'],
  }),
  program({
    id: 'llama_cpp',
    title: 'llama.cpp server',
    port: 8080,
    variable: 'LLAMA_API_KEY',
    // Builds before 2026-02 ignore the newer name: https://github.com/ggml-org/llama.cpp/pull/19831
    traits: { outputCapMembers: ['max_tokens'] },
    sources: ['https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md'],
  }),
  program({
    id: 'lm_studio',
    title: 'LM Studio',
    port: 1234,
    variable: 'LMSTUDIO_API_KEY',
    traits: { outputCapMembers: ['max_tokens'] },
    sources: ['https://lmstudio.ai/docs/developer/openai-compat'],
  }),
  program({
    id: 'ollama_v1',
    title: "Ollama's /v1",
    port: 11434,
    variable: 'OLLAMA_V1_API_KEY',
    // Recorded in test/fixtures/ollama (v1-chat-max-completion-tokens, v1-chat-n): it ignores that name, and `n`.
    traits: { outputCapMembers: ['max_tokens'], manyChoices: false, mayForward: true },
    sources: ['https://docs.ollama.com/api/openai-compatibility'],
  }),
]
