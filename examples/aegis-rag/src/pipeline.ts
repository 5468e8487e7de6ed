// Owns the composition: a store, the models of one client, and the two graphs over them.
import type { DataClassification } from 'aegis-llm'
import type { Connected } from './connect.ts'
import { type IngestionEvent, ingestionGraph } from './ingestion/ingestion-graph.ts'
import { aegisModels } from './models/aegis-models.ts'
import type { ModelCall } from './models/models.ts'
import { ollamaModels } from './models/ollama-models.ts'
import { type QueryEvent, queryGraph } from './query/query-graph.ts'
import type { Store } from './store/open-store.ts'

export const clients = ['aegis', 'ollama'] as const
export type Client = (typeof clients)[number]

export interface Asked {
  /** What the asker says of the question itself. */
  readonly declared?: DataClassification | undefined
  /** Who asks, or the conversation in which it is asked. */
  readonly session?: string | undefined
}

export interface PipelineOptions {
  readonly connected: Pick<Connected, 'connection' | 'detect' | 'ollamaHost'>
  readonly store: Store
  /** `ollama` is the old client, which calls `ollamaHost` itself. */
  readonly client?: Client
  /** Extractions under way at once. */
  readonly concurrency?: number
}

export function openPipeline({ connected, store, client = 'aegis', concurrency = 8 }: PipelineOptions) {
  const calls: ModelCall[] = []
  const note = (call: ModelCall) => void calls.push(call)
  const models = client === 'aegis' ? aegisModels(note, connected.connection) : ollamaModels(note, connected.ollamaHost)
  const ingestion = ingestionGraph({ store, models, detect: connected.detect, concurrency })
  const query = queryGraph({ store, models })

  return {
    store,
    /** Every call that was answered, in their order. */
    calls,

    /** Reads a folder in, or goes on with it. */
    async ingest(folder: string, tell: (event: IngestionEvent) => void = () => {}): Promise<void> {
      for await (const event of await ingestion.stream({ folder }, { streamMode: 'custom' }))
        tell(event as IngestionEvent)
    },

    /** The whole answer; `tell` gets its pieces as they come. */
    async ask(question: string, { declared, session }: Asked = {}, tell: (event: QueryEvent) => void = () => {}) {
      let last: Awaited<ReturnType<typeof query.invoke>> | undefined
      for await (const [mode, value] of await query.stream(
        { question, declared, session },
        { streamMode: ['custom', 'values'] },
      )) {
        if (mode === 'custom') tell(value as QueryEvent)
        else last = value as typeof last
      }
      if (!last) throw new Error('the query gave nothing')
      return last
    },
  }
}

export type Pipeline = ReturnType<typeof openPipeline>
