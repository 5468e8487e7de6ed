// What a simulated upstream can be told, and what a test can do with it.
import type { Behaviour } from './behaviour.ts'
import type { Journal } from './journal.ts'

/**
 * What every simulated upstream can be told at its start.
 *
 * @example
 * await using upstream = await startOpenAIUpstream({ label: 'primary', apiKey: 'sk-test' })
 */
export interface UpstreamOptions {
  /** How the upstream calls itself in its default replies. */
  readonly label?: string
  /** On 127.0.0.1; a free one by default. */
  readonly port?: number
  /** The key it asks for; without one anybody is served. */
  readonly apiKey?: string
  /** The header that has the key alone, in lower case; `authorization: Bearer` by default. */
  readonly keyHeader?: string
  /** Mark every answer as simulated: `x-simulated: true`, the fingerprint, the default text. True by default. */
  readonly simulated?: boolean
  /** Repeat the last user message in the default reply. False by default: no prompt comes back. */
  readonly echo?: boolean
  /**
   * Draw structured replies and tool arguments from names in the last user message, and answer a prompt that has sources
   * on lines `[1] …` and a line `Question: …` with a sentence of theirs: something for a pipeline to work on. False by
   * default: no prompt comes back.
   */
  readonly reads?: boolean
  /** How much the journal keeps, in bytes of wire and as much again of bodies; 64 MiB by default, 0 keeps nothing. */
  readonly journalBytes?: number
}

/**
 * A running simulated upstream.
 *
 * @example
 * await using upstream = await startOpenAIUpstream()
 * upstream.next({ status: 503 }, { text: 'Hello' })
 */
export interface Upstream extends AsyncDisposable {
  readonly label: string
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  readonly openConnections: number
  readonly journal: Journal
  /** The next inference requests meet these, one each, in order of arrival. */
  next(...behaviours: readonly Behaviour[]): void
  /** Every inference request meets this once `next` is used up. The two are not merged. */
  always(behaviour: Behaviour): void
  /** Every request to exactly this path meets this, whether inference or not (`/api/tags`, `/v1/models`). */
  alwaysAt(path: string, behaviour: Behaviour): void
  /** Healthy again, everywhere. */
  reset(): void
  /** Refuses connections from now on and destroys the open ones. */
  stopListening(): Promise<void>
  /** Listens again, on the same port. */
  startListening(): Promise<void>
  /** Destroys every socket and frees the port. */
  close(): Promise<void>
}
