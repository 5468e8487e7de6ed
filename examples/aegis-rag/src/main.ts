// Owns the command line: reads the corpus in, asks questions, streams the answers, and sums up cost and privacy.
import { AegisError } from 'aegis-llm'
import { connect } from './connect.ts'
import { demoCorpus, demoQuestions, type Question } from './demo.ts'
import type { IngestionEvent } from './ingestion/ingestion-graph.ts'
import { NotReady, sayingWhatIsMissing } from './not-ready.ts'
import { type Client, clients, openPipeline, type Pipeline } from './pipeline.ts'
import type { QueryEvent } from './query/query-graph.ts'
import { summarise } from './report/summary.ts'
import { Store } from './store/open-store.ts'
import { withoutTracing } from './without-tracing.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)

/** `[question …]`, or none for the questions of the demonstration. AEGIS_RAG_STORE keeps what was read in. */
async function main(asked: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  withoutTracing(env)
  await using connected = await connect(env)
  using store = await Store.open(env.AEGIS_RAG_STORE ?? ':memory:')
  const pipeline = openPipeline({ connected, store, client: readClient(env.AEGIS_RAG_CLIENT) })
  say(`AegisRAG over ${connected.said}`)
  say(`Vectors: ${store.vectors.kind}\n`)
  say('Ingestion')
  await pipeline.ingest(env.AEGIS_RAG_CORPUS ?? demoCorpus, sayIngestion)
  const questions = asked.length === 0 ? demoQuestions : asked.map((text) => ({ text }))
  for (const question of questions) await ask(pipeline, question)
  say('\nSummary')
  const { lines, leaks } = summarise(pipeline.calls)
  for (const line of lines) say(line)
  for (const { table, classification, rows } of store.counts())
    say(`  ${table.padEnd(10)} ${classification.padEnd(13)} ${rows}`)
  if (leaks > 0) process.exitCode = 1
}

/** Before anything is read. */
function readClient(text: string | undefined): Client {
  const client = clients.find((one) => one === (text || 'aegis'))
  if (!client) throw new NotReady(`AEGIS_RAG_CLIENT must be one of ${clients.join(', ')}.`)
  return client
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
  const answered = await pipeline.ask(text, { declared }, sayQuery).catch(sayWhyNot)
  if (!answered) return
  const { citations } = answered
  const call = pipeline.calls.at(-1)
  say(`\n  answered by ${call?.provider} (${call?.location}), ${call?.classification}, ${call?.reason}`)
  if (citations.length === 0) say('  names none of its sources')
  for (const { title, path, foundBy } of citations) say(`  source: ${title} (${path}, ${foundBy})`)
}

/** The next question may be answered. */
function sayWhyNot(error: unknown): undefined {
  if (!(error instanceof AegisError)) throw error
  say(`\n  not answered, ${error.code}: ${error.message}`)
  process.exitCode = 1
}

function sayQuery(event: QueryEvent): void {
  if (event.type === 'plan') say(`  search: ${event.plan.search}, complexity: ${event.plan.complexity}`)
  else if (event.type === 'found')
    process.stdout.write(`  ${event.passages.length} passages, together ${event.classification}\n  `)
  else process.stdout.write(event.text)
}

await sayingWhatIsMissing(() => main(process.argv.slice(2), process.env))
