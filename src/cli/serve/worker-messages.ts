// Owns what a supervisor and its workers say to each other.
import type { ConfigFile, SandboxAddresses } from '../../open-aegis.ts'
import type { MetricFamily } from '../../telemetry/metric-family.ts'
import type { Sandbox } from '../../testing/sandbox.ts'
import type { LineMessage } from './line.ts'

export type SandboxStates = Sandbox['states']
export type SandboxOrder = Parameters<Sandbox['set']>

/** How often a worker says that its event loop turns, and what it has counted. */
export const BEAT_EVERY_MS = 2000
/** A worker that has not answered for so long is taken as it was when it spoke last. */
export const SIBLING_PATIENCE_MS = 1000
export const METRICS_PATIENCE_MS = 5000
/** Connecting to providers is no part of a reload, loading a package is. */
export const STAGE_PATIENCE_MS = 30_000
export const RELOAD_PATIENCE_MS = 120_000

/** What a supervisor gives a worker before anything else. */
export interface WorkerSetup {
  /** The port that the supervisor's own flags or configuration name. */
  readonly port: number
  /** The configuration that all workers have now, where it came from a file. */
  readonly file: ConfigFile | undefined
  /** Where the supervisor's simulated providers are. */
  readonly sandbox: { readonly addresses: SandboxAddresses; readonly states: SandboxStates } | undefined
}

export type AskWorker =
  | { readonly ask: 'stage'; readonly file: ConfigFile }
  | { readonly ask: 'commit' | 'discard' | 'metrics' }

export type AskSupervisor =
  | { readonly ask: 'reload' }
  /** With what is about to be shown of the one that asks. */
  | { readonly ask: 'metrics'; readonly lasting: readonly MetricFamily[] }

/** What a supervisor says to a worker. */
export type ToWorker =
  | { readonly type: 'setup'; readonly setup: WorkerSetup }
  | { readonly type: 'stop' }
  | { readonly type: 'sandbox'; readonly states: SandboxStates; readonly order: number | undefined }
  | LineMessage

/** What a worker says to its supervisor. */
export type FromWorker =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'failed'; readonly message: string; readonly exitCode: 1 | 2 }
  | { readonly type: 'sandbox'; readonly order: number; readonly set: SandboxOrder }
  | { readonly type: 'beat'; readonly lasting: readonly MetricFamily[] }
  | LineMessage
