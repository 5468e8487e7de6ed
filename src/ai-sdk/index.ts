// The public list of `aegis-llm/ai-sdk`: a provider for the Vercel AI SDK.
export type { ConnectionOptions } from '../client/client-of.ts'
export { type AegisModelSettings, type AegisProvider, type AegisProviderOptions, createAegis } from './create-aegis.ts'
