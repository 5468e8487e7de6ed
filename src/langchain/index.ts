// The public list of `aegis-llm/langchain`: LangChain's chat model and embeddings over Aegis.
export type { ClientEmbeddings } from '../client/aegis-client.ts'
export type { ConnectionOptions } from '../client/client-of.ts'
export { AegisEmbeddings, type AegisEmbeddingsFields } from './aegis-embeddings.ts'
export { ChatAegis, type ChatAegisCallOptions, type ChatAegisFields } from './chat-aegis.ts'
export type { StructuredOutputOptions } from './structured-output.ts'
export type { AegisResponseMetadata } from './to-ai-message.ts'
