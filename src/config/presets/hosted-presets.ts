// Owns the table of services that speak the OpenAI wire: address, key and quirks of each, by its own documentation.
import { bearerKey, type OpenAIWireTraits, plainTraits } from '../../domain/openai-wire-traits.ts'
import type { Discovery, Preset } from './preset.ts'

/** What a service states; the rest is as with most of them. */
interface Service
  extends Pick<Preset, 'id' | 'title' | 'variable' | 'discovery' | 'sources'>,
    Partial<Pick<Preset, 'needsKey' | 'key' | 'role' | 'path' | 'isPriced'>> {
  readonly baseUrl?: string
  readonly domains?: readonly string[]
  readonly traits?: Partial<OpenAIWireTraits>
}

function service({ baseUrl, domains, traits, path, ...rest }: Service): Preset {
  const url = baseUrl === undefined ? undefined : new URL(baseUrl)
  return {
    baseUrl,
    path: path ?? url?.pathname.replace(/\/$/, '') ?? '/v1',
    domains: domains ?? (url ? [url.hostname] : []),
    selfHosted: false,
    needsKey: true,
    key: bearerKey,
    role: undefined,
    isPriced: true,
    ...rest,
    traits: { ...plainTraits, ...traits },
  }
}

const byKey = (...models: [string, ...string[]]): Discovery => ({ by: 'key', models })

const newerCapFirst = ['max_completion_tokens', 'max_tokens'] as const

/**
 * In the order of discovery: those whose models the price list (genai-prices 0.1.8) can price come first, since a model
 * of unknown price is refused until it has one. Facts as documented in November 2026.
 */
export const hostedPresets: readonly Preset[] = [
  service({
    id: 'mistral',
    title: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    variable: 'MISTRAL_API_KEY',
    // Members that it does not know are a 422: https://github.com/BerriAI/litellm/issues/10910
    traits: { outputCapMembers: ['max_tokens'], streamUsage: 'always', embeds: true },
    discovery: byKey('mistral-small-latest', 'mistral-large-latest'),
    sources: [
      'https://docs.mistral.ai/resources/migration-guides',
      'https://docs.mistral.ai/resources/release-note/2024-01-16-token-usage-in-streaming-requests',
    ],
  }),
  service({
    id: 'groq',
    title: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    variable: 'GROQ_API_KEY',
    traits: {
      outputCapMembers: newerCapFirst,
      refusedMembers: ['logprobs', 'logit_bias', 'top_logprobs'],
      manyChoices: false,
      embeds: false,
    },
    discovery: byKey('openai/gpt-oss-120b', 'openai/gpt-oss-20b'),
    sources: ['https://console.groq.com/docs/openai'],
  }),
  service({
    id: 'deepseek',
    title: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com/v1',
    variable: 'DEEPSEEK_API_KEY',
    traits: { outputCapMembers: ['max_tokens'], embeds: false },
    discovery: byKey('deepseek-v4-flash'),
    sources: ['https://api-docs.deepseek.com/api/create-chat-completion'],
  }),
  service({
    id: 'together',
    title: 'Together AI',
    // The price list knows the older of its two host names.
    baseUrl: 'https://api.together.xyz/v1',
    domains: ['api.together.xyz', 'api.together.ai'],
    variable: 'TOGETHER_API_KEY',
    traits: { outputCapMembers: ['max_tokens'], embeds: true },
    discovery: byKey('meta-llama/Llama-3.3-70B-Instruct-Turbo'),
    sources: ['https://docs.together.ai/docs/inference/openai-compatibility'],
  }),
  service({
    id: 'openrouter',
    title: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    variable: 'OPENROUTER_API_KEY',
    traits: { streamUsage: 'always' },
    discovery: byKey('openai/gpt-oss-120b'),
    sources: [
      'https://openrouter.ai/docs/api-reference/parameters',
      'https://openrouter.ai/docs/use-cases/usage-accounting',
    ],
  }),
  service({
    id: 'xai',
    title: 'xAI',
    baseUrl: 'https://api.x.ai/v1',
    variable: 'XAI_API_KEY',
    traits: { outputCapMembers: newerCapFirst },
    discovery: byKey('grok-4.3'),
    sources: ['https://docs.x.ai/docs/api-reference', 'https://docs.x.ai/docs/migration/may-15-retirement'],
  }),
  service({
    id: 'fireworks',
    title: 'Fireworks AI',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    variable: 'FIREWORKS_API_KEY',
    traits: { embeds: true },
    discovery: byKey('accounts/fireworks/models/gpt-oss-120b'),
    sources: ['https://docs.fireworks.ai/tools-sdks/openai-compatibility'],
  }),
  service({
    id: 'cerebras',
    title: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai/v1',
    variable: 'CEREBRAS_API_KEY',
    traits: {
      outputCapMembers: ['max_completion_tokens'],
      refusedMembers: ['frequency_penalty', 'logit_bias', 'presence_penalty', 'service_tier'],
      embeds: false,
    },
    discovery: byKey('gpt-oss-120b'),
    sources: ['https://inference-docs.cerebras.ai/resources/openai'],
  }),
  service({
    id: 'gemini',
    title: 'Google Gemini, its OpenAI-compatible endpoint',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    variable: 'GEMINI_API_KEY',
    // Members that it does not know are a 400: https://github.com/FuzzAnything/PromptFuzz/issues/42
    traits: { refusedMembers: ['web_search_options'], embeds: true },
    discovery: byKey('gemini-3.5-flash-lite'),
    sources: ['https://ai.google.dev/gemini-api/docs/openai'],
  }),
  service({
    id: 'moonshot',
    title: 'Moonshot AI (Kimi)',
    baseUrl: 'https://api.moonshot.ai/v1',
    domains: ['api.moonshot.ai', 'api.moonshot.cn'],
    variable: 'MOONSHOT_API_KEY',
    traits: { embeds: false },
    discovery: byKey('kimi-k2.6'),
    sources: ['https://platform.kimi.ai/docs/api/quickstart'],
  }),
  service({
    id: 'zai',
    title: 'Z.ai',
    baseUrl: 'https://api.z.ai/api/paas/v4',
    variable: 'ZAI_API_KEY',
    traits: { outputCapMembers: ['max_tokens'] },
    discovery: byKey('glm-5.2'),
    sources: ['https://docs.z.ai/api-reference/llm/chat-completion'],
  }),
  service({
    id: 'ovhcloud',
    title: 'OVHcloud AI Endpoints',
    baseUrl: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1',
    variable: 'OVH_AI_ENDPOINTS_ACCESS_TOKEN',
    // Two requests a minute are served to anybody.
    needsKey: false,
    traits: { embeds: true },
    discovery: byKey('gpt-oss-120b'),
    sources: ['https://www.ovhcloud.com/en/public-cloud/ai-endpoints/'],
  }),
  service({
    id: 'perplexity',
    title: 'Perplexity',
    // Its wire has no version in the path.
    baseUrl: 'https://api.perplexity.ai',
    variable: 'PERPLEXITY_API_KEY',
    traits: {
      outputCapMembers: ['max_tokens'],
      streamUsage: 'always',
      refusedMembers: ['tools', 'tool_choice'],
      manyChoices: false,
      listsModels: false,
      embeds: false,
    },
    // It takes a fee for each request beside its prices, which no count of tokens bounds.
    isPriced: true,
    discovery: byKey('sonar'),
    sources: [
      'https://docs.perplexity.ai/guides/chat-completions-guide',
      'https://docs.spring.io/spring-ai/reference/integrations/models/openai-compatible/perplexity.html',
    ],
  }),
  service({
    id: 'nvidia',
    title: 'NVIDIA NIM',
    baseUrl: 'https://integrate.api.nvidia.com/v1',
    variable: 'NVIDIA_API_KEY',
    traits: { embeds: true },
    isPriced: false,
    discovery: byKey('openai/gpt-oss-120b'),
    sources: ['https://docs.api.nvidia.com/nim/reference/llm-apis'],
  }),
  service({
    id: 'sambanova',
    title: 'SambaNova',
    baseUrl: 'https://api.sambanova.ai/v1',
    variable: 'SAMBANOVA_API_KEY',
    traits: { outputCapMembers: ['max_tokens'], embeds: true },
    isPriced: false,
    discovery: byKey('gpt-oss-120b'),
    sources: ['https://docs.sambanova.ai/docs/en/features/openai-compatibility'],
  }),
  service({
    id: 'alibaba',
    title: 'Alibaba Cloud Model Studio (Qwen)',
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    domains: [
      'dashscope-intl.aliyuncs.com',
      'dashscope-us.aliyuncs.com',
      'dashscope.aliyuncs.com',
      'maas.aliyuncs.com',
    ],
    variable: 'DASHSCOPE_API_KEY',
    // With older models `max_tokens` caps the answer and not the thinking before it, which is billed as well.
    traits: { outputCapMembers: ['max_completion_tokens'], embeds: true },
    isPriced: false,
    discovery: byKey('qwen-plus'),
    sources: [
      'https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope',
      'https://www.alibabacloud.com/help/en/model-studio/api-compatibility-upgrade-notice',
    ],
  }),
  service({
    id: 'nebius',
    title: 'Nebius Token Factory',
    baseUrl: 'https://api.tokenfactory.nebius.com/v1',
    domains: ['tokenfactory.nebius.com', 'api.studio.nebius.ai'],
    variable: 'NEBIUS_API_KEY',
    traits: { embeds: true },
    isPriced: false,
    discovery: byKey('openai/gpt-oss-120b'),
    sources: ['https://docs.tokenfactory.nebius.com/quickstart'],
  }),
  service({
    id: 'scaleway',
    title: 'Scaleway Generative APIs',
    baseUrl: 'https://api.scaleway.ai/v1',
    variable: 'SCW_SECRET_KEY',
    traits: { outputCapMembers: ['max_tokens'], embeds: true },
    isPriced: false,
    discovery: byKey('llama-3.3-70b-instruct'),
    sources: ['https://www.scaleway.com/en/docs/generative-apis/api-cli/using-chat-api'],
  }),
  service({
    id: 'ionos',
    title: 'IONOS AI Model Hub',
    baseUrl: 'https://openai.inference.de-txl.ionos.com/v1',
    variable: 'IONOS_API_TOKEN',
    traits: { embeds: true },
    isPriced: false,
    discovery: byKey('meta-llama/Llama-3.3-70B-Instruct'),
    sources: ['https://docs.ionos.com/cloud/ai/ai-model-hub'],
  }),
  service({
    id: 'huggingface',
    title: 'Hugging Face Inference Providers',
    baseUrl: 'https://router.huggingface.co/v1',
    variable: 'HF_TOKEN',
    isPriced: false,
    discovery: { by: 'hint', models: ['openai/gpt-oss-120b'] },
    sources: ['https://huggingface.co/docs/inference-providers/tasks/chat-completion'],
  }),
  service({
    id: 'github_models',
    title: 'GitHub Models',
    baseUrl: 'https://models.github.ai/inference',
    variable: 'GITHUB_TOKEN',
    // Its catalogue lies beside the wire, at https://models.github.ai/catalog/models
    traits: { listsModels: false, embeds: true },
    isPriced: false,
    discovery: { by: 'hint', models: ['openai/gpt-4.1'] },
    sources: ['https://docs.github.com/en/rest/models/inference', 'https://docs.github.com/en/rest/models/catalog'],
  }),
  service({
    id: 'azure_openai',
    title: 'Azure OpenAI, its v1 API',
    path: '/openai/v1',
    domains: ['openai.azure.com', 'services.ai.azure.com'],
    variable: 'AZURE_OPENAI_API_KEY',
    key: { name: 'api-key', scheme: '' },
    role: 'openai',
    traits: { outputCapMembers: newerCapFirst, embeds: true },
    discovery: { by: 'variables', address: 'AZURE_OPENAI_ENDPOINT', model: 'AZURE_OPENAI_DEPLOYMENT' },
    sources: [
      'https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle',
      'https://github.com/openai/openai-node/blob/master/azure.md',
    ],
  }),
]
