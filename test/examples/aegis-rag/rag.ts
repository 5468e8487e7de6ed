// Owns the loading of the example in a test: its own modules, over this repository's source in place of the package.
// The imports are dynamic because the resolution of `aegis-llm` must be there first.
import '../../../scripts/examples/use-checkout.ts'

export const { isRestricted, strictest, UNSTATED } = await import('../../../examples/aegis-rag/src/classification.ts')
export const { classifyDocument } = await import('../../../examples/aegis-rag/src/corpus/classify-document.ts')
export const { loadCorpus, splitFrontMatter } = await import('../../../examples/aegis-rag/src/corpus/load-corpus.ts')
export const { splitText } = await import('../../../examples/aegis-rag/src/corpus/split-text.ts')
export const { tidy } = await import('../../../examples/aegis-rag/src/ingestion/extraction.ts')
export const { atMost, inParallel } = await import('../../../examples/aegis-rag/src/ingestion/in-parallel.ts')
export const { ollamaModels } = await import('../../../examples/aegis-rag/src/models/ollama-models.ts')
export const { aegisModels } = await import('../../../examples/aegis-rag/src/models/aegis-models.ts')
export const { answerPrompt, citedIn } = await import('../../../examples/aegis-rag/src/query/prompts.ts')
export const { summarise } = await import('../../../examples/aegis-rag/src/report/summary.ts')
export const { isUnusableAnswer } = await import('../../../examples/aegis-rag/src/models/unusable-answer.ts')
export const { modelsOf, withScheme } = await import('../../../examples/aegis-rag/src/local-ollama.ts')
export const { leaksIn, stageText, together } = await import('../../../examples/aegis-rag/src/rollout/stage-text.ts')
export const { Store } = await import('../../../examples/aegis-rag/src/store/open-store.ts')
export const { openPipeline } = await import('../../../examples/aegis-rag/src/pipeline.ts')
export const { simulatedConfig } = await import('../../../examples/aegis-rag/src/connect.ts')

export type { LoadedDocument } from '../../../examples/aegis-rag/src/corpus/load-corpus.ts'
export type { IngestionEvent } from '../../../examples/aegis-rag/src/ingestion/ingestion-graph.ts'
export type { ModelCall, Models } from '../../../examples/aegis-rag/src/models/models.ts'
export type { Client } from '../../../examples/aegis-rag/src/pipeline.ts'
export type { Passage, QueryEvent } from '../../../examples/aegis-rag/src/query/query-graph.ts'
export type { Store as OpenStore } from '../../../examples/aegis-rag/src/store/open-store.ts'
