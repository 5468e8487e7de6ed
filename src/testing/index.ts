// The public list of `aegis-llm/testing`: simulated upstreams, for the tests of those who use Aegis.
export { type AnthropicUpstreamOptions, startAnthropicUpstream } from './anthropic/start-anthropic-upstream.ts'
export type { AccountKeys } from './bedrock/signature.ts'
export { type BedrockUpstreamOptions, startBedrockUpstream } from './bedrock/start-bedrock-upstream.ts'
export type { Behaviour, ScriptedToolCall, ScriptedUsage } from './behaviour.ts'
export { type CohereUpstreamOptions, startCohereUpstream } from './cohere/start-cohere-upstream.ts'
export { blackholeUpstream, type DeadEnd, refusingPort } from './dead-ends.ts'
export { type GoogleUpstreamOptions, startGoogleUpstream } from './google/start-google-upstream.ts'
export type { Journal, RecordedConnection, RecordedRequest } from './journal.ts'
export type { JsonObject, JsonValue } from './json-value.ts'
export type { OllamaModel, OllamaUpstreamOptions } from './ollama/catalogue.ts'
export { startOllamaUpstream } from './ollama/start-ollama-upstream.ts'
export {
  type OpenAIUpstreamOptions,
  type OpenAIUpstreamQuirks,
  startOpenAIUpstream,
} from './openai/start-openai-upstream.ts'
export type { Billing } from './reply.ts'
export {
  type Sandbox,
  type SandboxOptions,
  type SandboxState,
  type SandboxUpstream,
  sandboxKey,
  startSandbox,
} from './sandbox.ts'
export { simulatedTokens, simulatedTokensPerImage } from './simulated-tokens.ts'
export type { Upstream, UpstreamOptions } from './upstream.ts'
