/** Owns the clients: so many at a time, one request after another each, until they are told to stop. */
import type { Disturbances } from './disturbances.ts'
import { judge, type Violation } from './judge.ts'
import { Random } from './random.ts'
import { planRequest } from './requests.ts'
import { type Outcome, sendRequest } from './send.ts'
import { type ChaosWorld, DEADLINE_MS } from './world.ts'

export interface Counterexample {
  readonly what: Violation
  readonly outcome: Outcome
}

export interface LoadOptions {
  readonly clients: number
  readonly seed: number
  /** How much later than its deadline an answer may come, on a machine with other work. */
  readonly marginMs: number
}

export class Load {
  readonly outcomes = new Map<string, number>()
  readonly counterexamples: Counterexample[] = []
  longestMs = 0
  #ended = 0
  #sent = 0
  #stopped = false
  readonly #world: ChaosWorld
  readonly #disturbances: Disturbances
  readonly #options: LoadOptions
  readonly #clients: Promise<unknown>
  readonly #watchers = new Set<() => void>()

  constructor(world: ChaosWorld, disturbances: Disturbances, options: LoadOptions) {
    this.#world = world
    this.#disturbances = disturbances
    this.#options = options
    this.#clients = Promise.all(Array.from({ length: options.clients }, () => this.#client()))
  }

  get ended(): number {
    return this.#ended
  }

  /** Resolves when so many more requests have ended. */
  async further(count: number): Promise<void> {
    const goal = this.#ended + count
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => {
      if (this.#ended >= goal) resolve()
    }
    this.#watchers.add(look)
    await promise.finally(() => this.#watchers.delete(look))
  }

  /** Resolves when the last request has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#clients
  }

  async #client(): Promise<void> {
    const { seed, marginMs } = this.#options
    while (!this.#stopped) {
      const index = this.#sent++
      const request = planRequest(index, new Random(seed + index * 7919))
      for (const one of this.#world.paid) one.supply()
      this.#note(await sendRequest(this.#world.served.url, request, DEADLINE_MS + marginMs))
    }
  }

  #note(outcome: Outcome): void {
    const { end, status, code, request } = outcome
    const what = judge(outcome, this.#disturbances)
    if (what !== undefined) this.counterexamples.push({ what, outcome })
    const name = end === 'answered' ? (status === 200 ? 'answered' : `${status} ${code ?? ''}`) : end
    this.outcomes.set(name, (this.outcomes.get(name) ?? 0) + 1)
    if (request.leavesAfterMs === undefined) {
      this.longestMs = Math.max(this.longestMs, outcome.endedMs - outcome.startedMs)
    }
    this.#ended += 1
    for (const look of this.#watchers) look()
  }
}
