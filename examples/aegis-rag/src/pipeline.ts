// Owns the composition: a store, the models of both clients, and the two graphs over them.
import type { DataClassification } from 'aegis-llm'
import type { Connected } from './connect.ts'
import { type IngestionEvent, ingestionGraph } from './ingestion/ingestion-graph.ts'
import { aegisModels } from './models/aegis-models.ts'
import { chooseModels } from './models/choose-models.ts'
import type { ModelCall } from './models/models.ts'
import { ollamaModels } from './models/ollama-models.ts'
import { type QueryEvent, queryGraph } from './query/query-graph.ts'
import type { Store } from './store/open-store.ts'

export interface PipelineOptions {
  readonly connected: Pick<Connected, 'connection' | 'detect' | 'ollamaHost'>
  readonly store: Store
  /** Percent of the work that goes to Aegis; the rest to the old client. */
  readonly share?: number
  /** Extractions under way at once. */
  readonly concurrency?: number
}

export function openPipeline({ connected, store, share = 100, concurrency = 8 }: PipelineOptions) {
  const calls: ModelCall[] = []
  const note = (call: ModelCall) => void calls.push(call)
  const aegis = aegisModels(note, connected.connection)
  const models = chooseModels({ aegis, legacy: ollamaModels(note, connected.ollamaHost), share })
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
    async ask(question: string, declared?: DataClassification, tell: (event: QueryEvent) => void = () => {}) {
      let last: Awaited<ReturnType<typeof query.invoke>> | undefined
      for await (const [mode, value] of await query.stream(
        { question, declared },
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
