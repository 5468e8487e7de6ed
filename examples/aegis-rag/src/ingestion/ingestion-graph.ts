// Owns the ingestion: load, classify, chunk, then extract and embed side by side. What fails waits, and a next run goes on there.
import { Annotation, END, type LangGraphRunnableConfig, START, StateGraph } from '@langchain/langgraph'
import { classifyDocument, type Detect } from '../corpus/classify-document.ts'
import { loadCorpus } from '../corpus/load-corpus.ts'
import { splitText } from '../corpus/split-text.ts'
import type { Models, Work } from '../models/models.ts'
import { isUnusableAnswer } from '../models/unusable-answer.ts'
import type { Chunk, Store, StoredDocument } from '../store/open-store.ts'
import { extractionInstructions, extractionSchema, tidy } from './extraction.ts'
import { atMost, inParallel } from './in-parallel.ts'

export interface IngestionDeps {
  readonly store: Store
  readonly models: Models
  readonly detect: Detect
  /** Extractions under way at once, over all documents; 8 by default. */
  readonly concurrency?: number
}

export type IngestionEvent =
  | {
      readonly type: 'loaded'
      readonly path: string
      readonly classification: string
      readonly by: string
      readonly chunks: number
    }
  | { readonly type: 'unchanged' | 'removed' | 'extracted' | 'embedded'; readonly path: string }
  | { readonly type: 'waits'; readonly path: string; readonly step: 'extract' | 'embed'; readonly code: string }

const State = Annotation.Root({
  /** The folder of the documents. */
  folder: Annotation<string>,
})
type Node = (state: typeof State.State, config: LangGraphRunnableConfig) => Promise<object>

/**
 * The graph. Its state is the folder alone: what is done stands in the store, so a run that was cut short goes on where
 * it was. Stream it with `streamMode: 'custom'` for its events.
 */
export function ingestionGraph({ store, models, detect, concurrency = 8 }: IngestionDeps) {
  const limit = atMost(concurrency)
  const tell = (config: LangGraphRunnableConfig, event: IngestionEvent) => config.writer?.(event)

  const load: Node = async ({ folder }, config) => {
    const known = new Map(store.documents().map((document) => [document.path, document]))
    for (const document of await loadCorpus(folder)) {
      const before = known.get(document.path)
      known.delete(document.path)
      if (before?.hash === document.hash) {
        tell(config, { type: 'unchanged', path: document.path })
        continue
      }
      const { classification, by } = await classifyDocument(document, detect)
      const chunks = splitText(document.text)
      store.putDocument(document, classification, document.stated.quality === 'critical', chunks)
      tell(config, { type: 'loaded', path: document.path, classification, by, chunks: chunks.length })
    }
    for (const path of known.keys()) {
      store.removeDocument(path)
      tell(config, { type: 'removed', path })
    }
    return {}
  }

  const extract: Node = async (_, config) => {
    const pending = store.documents().filter(({ extracted }) => !extracted)
    const batchSize = pending.reduce((sum, { path }) => sum + store.chunksOf(path).length, 0)
    await inParallel(pending, async (document) => {
      const work = workOf(document, Math.max(1, batchSize))
      await attempt(document, 'extract', config, async () => {
        const extractChunk = async (chunk: Chunk) => {
          const task = { schema: extractionSchema, instructions: extractionInstructions, text: chunk.text }
          return { chunk, ...tidy(await models.extract(task, work)) }
        }
        store.putGraph(document.path, await inParallel(store.chunksOf(document.path), extractChunk, limit))
        tell(config, { type: 'extracted', path: document.path })
      })
    })
    return {}
  }

  const embed: Node = async (_, config) => {
    for (const document of store.documents().filter(({ embedded }) => !embedded)) {
      await attempt(document, 'embed', config, async () => {
        const chunks = store.chunksOf(document.path)
        const texts = chunks.map(({ text }) => text)
        const { classification: dataClassification, path: session } = document
        store.putVectors(document.path, chunks, await models.embed(texts, { dataClassification, session }))
        tell(config, { type: 'embedded', path: document.path })
      })
    }
    return {}
  }

  /** A document whose models cannot be had now waits; the others go on. */
  async function attempt(
    { path }: StoredDocument,
    step: 'extract' | 'embed',
    config: LangGraphRunnableConfig,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work()
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined) throw error
      store.setWaitsFor(path, code)
      tell(config, { type: 'waits', path, step, code })
    }
  }

  const finish: Node = async () => {
    for (const { path, extracted, embedded } of store.documents())
      if (extracted && embedded) store.setWaitsFor(path, undefined)
    return {}
  }

  return new StateGraph(State)
    .addNode('load', load)
    .addNode('extract', extract)
    .addNode('embed', embed)
    .addNode('finish', finish)
    .addEdge(START, 'load')
    .addEdge('load', 'extract')
    .addEdge('load', 'embed')
    .addEdge(['extract', 'embed'], 'finish')
    .addEdge('finish', END)
    .compile()
}

/** A critical document asks for the best there is, which its classification may still forbid. */
function workOf({ path, classification, critical }: StoredDocument, batchSize: number): Work {
  const care = critical ? ({ qualityRequirement: 'critical', complexity: 'high' } as const) : {}
  return { dataClassification: classification, session: path, batchSize, ...care }
}

/**
 * Errors of Aegis have a code, and a reply that is not what its schema asks for is the model's fault. Any other error is one
 * of the pipeline and ends the run.
 */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (isUnusableAnswer(error)) return 'unusable_answer'
  if (error.name !== 'AegisError' || !('code' in error)) return undefined
  const ours = ['internal_error', 'invalid_request', 'client_closed']
  return ours.includes(String(error.code)) ? undefined : String(error.code)
}
