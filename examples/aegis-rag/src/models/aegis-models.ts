// Owns the calls to language models: each is a task of Aegis.
import { type AIMessageChunk, type BaseMessage, HumanMessage, SystemMessage } from '@langchain/core/messages'
import { concat } from '@langchain/core/utils/stream'
import { AegisEmbeddings, type AegisResponseMetadata, ChatAegis, type ConnectionOptions } from 'aegis-llm/langchain'
import type { ModelCall, Models, NoteCall } from './models.ts'

/** Bounds what one extraction can cost, which is what a budget holds for it. */
const EXTRACTION_TOKENS = 1_000

export function aegisModels(note: NoteCall, connection: ConnectionOptions): Models {
  const chat = new ChatAegis(connection)
  // One vector space for all documents, restricted ones included: a model of this machine.
  const embeddings = new AegisEmbeddings({ ...connection, model: 'auto:local' })

  return {
    async *answer(prompt, work) {
      let whole: AIMessageChunk | undefined
      for await (const chunk of await chat.stream(prompt, work)) {
        whole = whole ? concat(whole, chunk) : chunk
        if (chunk.text !== '') yield chunk.text
      }
      if (!whole) throw new Error('The answer had no end.')
      const call = callOf('answer', whole)
      note(call)
      return call
    },

    async extract({ schema, instructions, text }, work) {
      const messages = [new SystemMessage(instructions), new HumanMessage(text)]
      const call = { ...work, maxTokens: EXTRACTION_TOKENS }
      const { raw, parsed } = await chat.withStructuredOutput(schema, { includeRaw: true }).invoke(messages, call)
      note(callOf('extract', raw))
      return schema.parse(parsed)
    },

    async embed(texts, work) {
      const { vectors, provider, location, reason, classification, costUsd = 0 } = await embeddings.embed(texts, work)
      note({ kind: 'embed', provider, location, reason, classification: levelOf(classification), costUsd })
      return vectors.map((vector) => [...vector])
    },
  }
}

function callOf(kind: ModelCall['kind'], { response_metadata }: BaseMessage): ModelCall {
  const told = response_metadata as unknown as AegisResponseMetadata
  const { provider, location, reason, cost_usd: costUsd = 0 } = told
  return { kind, provider, location, reason, classification: levelOf(told.classification), costUsd }
}

/** Aegis says one of its own levels. */
function levelOf(classification: string): ModelCall['classification'] {
  return classification as ModelCall['classification']
}
