// Owns the loading of `langsmith`, which is an optional package: only who sends runs there needs it.
import type { Client } from 'langsmith'

export interface LangSmithAddress {
  readonly endpoint: string
  readonly apiKey: string
}

/** Batching is ours, so that what cannot be sent is counted and nothing is written to the console or the disk. */
export async function loadClient({ endpoint, apiKey }: LangSmithAddress): Promise<Client> {
  const { Client } = await import('langsmith')
  return new Client({
    apiUrl: endpoint,
    apiKey,
    autoBatchTracing: false,
    omitTracedRuntimeInfo: true,
    timeout_ms: 10_000,
    callerOptions: { maxRetries: 1 },
  })
}
