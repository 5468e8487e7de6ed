// Owns the command line: reads the corpus in, asks questions, streams the answers, and sums up cost and privacy.
import { fileURLToPath } from 'node:url'
import type { DataClassification } from 'aegis-llm'
import { connect } from './connect.ts'
import type { IngestionEvent } from './ingestion/ingestion-graph.ts'
import { readShare } from './models/choose-models.ts'
import { openPipeline, type Pipeline } from './pipeline.ts'
import type { QueryEvent } from './query/query-graph.ts'
import { summarise } from './report/summary.ts'
import { Store } from './store/open-store.ts'

interface Question {
  readonly text: string
  readonly declared?: DataClassification
}

const demo: readonly Question[] = [
  { text: 'Which valve does the Aurora Pump use?', declared: 'public' },
  { text: 'Who supplies Northwind Clinic with the Helix Valve?' },
  { text: 'Which anticoagulant does the patient with atrial fibrillation take?' },
]

const corpus = fileURLToPath(new URL('../corpus', import.meta.url))
const say = (line: string) => void process.stdout.write(`${line}\n`)

/** `[question …]`, or none for the questions of the demonstration. AEGIS_RAG_STORE keeps what was read in. */
async function main(asked: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  // LangGraph would send LangSmith the state of each node, which holds passages of restricted documents.
  for (const name of ['LANGSMITH_TRACING', 'LANGSMITH_TRACING_V2', 'LANGCHAIN_TRACING', 'LANGCHAIN_TRACING_V2'])
    delete env[name]
  await using connected = await connect(env)
  using store = await Store.open(env.AEGIS_RAG_STORE ?? ':memory:')
  const pipeline = openPipeline({ connected, store, share: readShare(env.AEGIS_RAG_SHARE) })
  say(`AegisRAG over ${connected.said}`)
  say(`Vectors: ${store.vectors.kind}\n`)
  say('Ingestion')
  await pipeline.ingest(env.AEGIS_RAG_CORPUS ?? corpus, sayIngestion)
  const questions = asked.length === 0 ? demo : asked.map((text) => ({ text }))
  for (const question of questions) await ask(pipeline, question)
  say('\nSummary')
  const { lines, leaks } = summarise(pipeline.calls)
  for (const line of lines) say(line)
  for (const { table, classification, rows } of store.counts())
    say(`  ${table.padEnd(10)} ${classification.padEnd(13)} ${rows}`)
  if (leaks > 0) process.exitCode = 1
}

function sayIngestion(event: IngestionEvent): void {
  say(`  ${event.path.padEnd(28)} ${wordsFor(event)}`)
}

function wordsFor(event: IngestionEvent): string {
  switch (event.type) {
    case 'loaded':
      return `${event.classification} (${event.by}), ${event.chunks} chunks`
    case 'waits':
      return `waits: ${event.step} failed with ${event.code}`
    default:
      return event.type
  }
}

async function ask(pipeline: Pipeline, { text, declared }: Question): Promise<void> {
  say(`\nQuestion: ${text}`)
  const { citations } = await pipeline.ask(text, declared, sayQuery)
  const call = pipeline.calls.at(-1)
  say(`\n  answered by ${call?.provider} (${call?.location}), ${call?.classification}, ${call?.reason}`)
  for (const { title, path, foundBy } of citations) say(`  source: ${title} (${path}, ${foundBy})`)
}

function sayQuery(event: QueryEvent): void {
  if (event.type === 'plan') say(`  search: ${event.plan.search}, complexity: ${event.plan.complexity}`)
  else if (event.type === 'found')
    process.stdout.write(`  ${event.passages.length} passages, together ${event.classification}\n  `)
  else process.stdout.write(event.text)
}

await main(process.argv.slice(2), process.env)
