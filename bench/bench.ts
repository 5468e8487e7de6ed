/** Owns what every part of a benchmark run is handed: tools, a place for files, and how to speak. */
import type { Effort } from './options.ts'
import type { Children } from './process/children.ts'

export interface Bench {
  readonly children: Children
  /** A temporary directory of this run, on disk; removed at the end. */
  readonly directory: string
  /** Absolute paths of the two programs that come from Debian. */
  readonly tools: { readonly wrk: string; readonly nginx: string }
  readonly effort: Effort
  /** Prints one progress line. */
  readonly say: (line: string) => void
}
