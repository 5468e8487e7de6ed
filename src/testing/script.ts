// Which behaviour the next request meets.
import type { Behaviour } from './behaviour.ts'

const healthy: Behaviour = {}

/** Takes behaviours in order, then falls back to the standing one. */
export class Script {
  #queue: Behaviour[] = []
  #standing: Behaviour = healthy
  readonly #byPath = new Map<string, Behaviour>()

  next(behaviours: readonly Behaviour[]): void {
    this.#queue.push(...behaviours)
  }

  always(behaviour: Behaviour): void {
    this.#standing = behaviour
  }

  alwaysAt(path: string, behaviour: Behaviour): void {
    this.#byPath.set(path, behaviour)
  }

  reset(): void {
    this.#queue = []
    this.#standing = healthy
    this.#byPath.clear()
  }

  /** The behaviour for a request that has just arrived; only inference consumes the queue. */
  take(path: string, inference: boolean): Behaviour {
    const here = this.#byPath.get(path)
    if (here) return here
    return inference ? (this.#queue.shift() ?? this.#standing) : healthy
  }
}
