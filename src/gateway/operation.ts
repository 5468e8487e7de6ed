// Owns what the process around a gateway does for it: reading its configuration again, and speaking for its siblings.
import type { MetricFamily } from '../telemetry/metric-family.ts'

/** What a reload came to. Names of settings only, never a value. */
export interface ReloadReport {
  /** Settings that hold from now on: `providers.openai`, `routing.rules`. */
  readonly changed: readonly string[]
  /** Settings that differ from the running ones and hold after a restart. */
  readonly restartNeeded: readonly string[]
  /** Processes that have changed together. */
  readonly workers: number
  readonly notices: readonly string[]
}

/** One thing that is wrong with a configuration. */
export interface ReloadProblem {
  readonly file: string
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly path: string
  readonly message: string
}

/** Absent members: this gateway is alone, and has no file that could be read again. */
export interface Operation {
  /** @throws AegisError `invalid_configuration` with every problem; nothing has changed then. */
  readonly reload?: () => Promise<ReloadReport>
  /**
   * The metrics of the other processes on this address, those included that have gone.
   * @param own what is about to be shown of this one, so that nobody shows less of it later.
   */
  readonly metricsOfOthers?: (own: readonly MetricFamily[]) => Promise<readonly (readonly MetricFamily[])[]>
}
