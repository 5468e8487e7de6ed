// Owns the world of the pipeline's tests: simulated models that read, Aegis before them, a store, and a folder of documents.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ConfigInput } from '../../../src/config/schema.ts'
import { AegisLLMProxy, type DataClassification } from '../../../src/index.ts'
import { type Sandbox, startSandbox, type Upstream } from '../../../src/testing/index.ts'
import { temporaryFolder } from '../../e2e/world.ts'
import { type Client, type IngestionEvent, type OpenStore, openPipeline, Store, simulatedConfig } from './rag.ts'

export interface RagWorld extends AsyncDisposable {
  readonly sandbox: Sandbox
  readonly proxy: AegisLLMProxy
  readonly pipeline: ReturnType<typeof openPipeline>
  readonly store: OpenStore
  readonly folder: string
  /** Writes documents; a path's text begins with its front matter. */
  write(documents: Readonly<Record<string, string>>): void
  /** Reads the folder in and gives what happened, as `type path` texts. */
  ingest(onEvent?: (event: IngestionEvent) => void): Promise<string[]>
}

export interface RagWorldOptions {
  readonly config?: Partial<ConfigInput>
  readonly client?: Client
  readonly exact?: boolean
  readonly concurrency?: number
  readonly documents?: Readonly<Record<string, string>>
}

export async function startRag({
  config = {},
  client = 'aegis',
  exact = false,
  concurrency = 8,
  documents = small,
}: RagWorldOptions = {}): Promise<RagWorld> {
  await using ends = new AsyncDisposableStack()
  const sandbox = ends.use(await startSandbox({ instant: true, reads: true }))
  const proxy = ends.use(await AegisLLMProxy.create({ ...simulatedConfig(sandbox), ...config }, { env: {} }))
  const store = ends.use(await Store.open(':memory:', { exact }))
  const folder = ends.use(temporaryFolder()).path
  const detect = async (text: string) =>
    proxy.explain({ prompt: text, dataClassification: 'public' }).classification.level as DataClassification
  const connected = { connection: { proxy }, detect, ollamaHost: sandbox.local.url }
  const pipeline = openPipeline({ connected, store, concurrency, client })
  const write: RagWorld['write'] = (files) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
  }
  const ingest: RagWorld['ingest'] = async (onEvent) => {
    const told: string[] = []
    await pipeline.ingest(folder, (event) => {
      told.push(`${event.type} ${event.path}`)
      onEvent?.(event)
    })
    return told
  }
  write(documents)
  const kept = ends.move()
  return { sandbox, proxy, pipeline, store, folder, write, ingest, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const stated = (classification: string, text: string, more = '') =>
  `---\nclassification: ${classification}\n${more}---\n${text}`

/** What must never be seen outside this machine, whatever form it is in: a made-up diagnosis. */
export const canary = 'Zorblatt Syndrome'

export const manual = stated(
  'public',
  'The Aurora Pump uses the Helix Valve. The Helix Valve closes within milliseconds.\n\nThe Meridian Dock charges the Aurora Pump overnight.',
)
export const record = stated(
  'hipaa',
  `The patient suffers from ${canary}. The treatment of ${canary} began in spring with Apixaban.`,
)
export const small = { 'manual.md': manual, 'record.md': record }

/** One that has so many chunks that it is a batch of its own. */
export const long = stated(
  'public',
  Array.from(
    { length: 14 },
    (_, index) => `Chapter ${index + 1}: ${'The Aurora Pump uses the Helix Valve. '.repeat(9)}`,
  ).join('\n\n'),
)
export const critical = stated(
  'internal',
  'Harbour Supplies delivers the Helix Valve to Northwind Clinic.',
  'quality: critical\n',
)

export const asked = ({ journal }: Upstream) =>
  journal.requests.filter(({ method, path }) => method === 'POST' && /chat|embed/.test(path))
export const chats = (upstream: Upstream) => asked(upstream).filter(({ path }) => /chat/.test(path))

/** Whether any byte of the canary reached a cloud. */
export function leaked({ cloud, openai }: Sandbox): boolean {
  return [cloud, openai].some(({ journal }) => /Zorblatt/i.test(journal.allBytes().toString()))
}
