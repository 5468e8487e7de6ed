/** Owns the command line of the benchmark: the two flags and how long each suite runs under them. */

/** How long and how often things are measured. All durations are seconds. */
export interface Effort {
  readonly warmUpSeconds: number
  readonly roundSeconds: number
  readonly rounds: number
}

export interface Options {
  /** About 75 s: only CPU per request and requests/s. */
  readonly quick: boolean
  /** The result document on stdout in place of the tables. */
  readonly json: boolean
  readonly effort: Effort
}

/** A command line that cannot be understood; its message is for the terminal. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const USAGE = `usage: npm run bench -- [--quick] [--json]
  --quick  only CPU per request and requests/s, about 75 s (without it: everything, about 8 minutes)
  --json   print the result document on stdout in place of the tables`

/** Many short rounds rather than few long ones: what else the machine does comes in bursts of seconds. */
const QUICK: Effort = { warmUpSeconds: 2, roundSeconds: 2, rounds: 5 }
const FULL: Effort = { warmUpSeconds: 3, roundSeconds: 3, rounds: 9 }

/** @throws {UsageError} for any argument that is not a known flag. */
export function parseOptions(args: readonly string[]): Options {
  for (const arg of args) {
    if (arg !== '--quick' && arg !== '--json') throw new UsageError(`unknown argument ${arg}\n${USAGE}`)
  }
  const quick = args.includes('--quick')
  return { quick, json: args.includes('--json'), effort: quick ? QUICK : FULL }
}
