// Owns which providers are closed for restricted data because of a violation, and who may open them again.
import type { ViolationCause } from '../../domain/privacy-violation.ts'

export interface ClosedDoor {
  readonly cause: ViolationCause
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  /** The server said then that its cloud was on: that it is off is more than the proof that was broken. */
  readonly cloudWasOn: boolean
}

/** Who keeps them beyond this process. Not told of what it has told itself. */
export interface DoorKeeper {
  closed(provider: string, door: ClosedDoor): void
  /** By a proof. */
  opened(provider: string, door: ClosedDoor): void
}

/**
 * One for all providers of a process. A door that was closed for an address does not stop a request by itself: every
 * connection proves its address anew, and the first that does opens it.
 */
export class RestrictedDoors {
  readonly #closed = new Map<string, ClosedDoor>()
  readonly #wallMs: () => number
  readonly #keeper: DoorKeeper | undefined

  constructor(wallMs: () => number, keeper?: DoorKeeper) {
    this.#wallMs = wallMs
    this.#keeper = keeper
  }

  /** The gravest cause stays. */
  close(provider: string, cause: ViolationCause, { cloudWasOn = false } = {}): void {
    const door = { cause, sinceMs: this.#wallMs(), cloudWasOn }
    if (this.#shut(provider, door)) this.#keeper?.closed(provider, door)
  }

  /** Another process has closed it, or this one before it was started again. @returns false when that was known. */
  learnClosed(provider: string, door: ClosedDoor): boolean {
    return this.#shut(provider, door)
  }

  /** It is open in what all processes share. */
  learnOpened(provider: string): void {
    this.#closed.delete(provider)
  }

  /** Whether a restricted attempt must be refused before anything is connected. */
  blocks(provider: string): boolean {
    const door = this.#closed.get(provider)
    return door !== undefined && blocking(door)
  }

  closed(provider: string): ClosedDoor | undefined {
    return this.#closed.get(provider)
  }

  /** All that are closed, by provider. */
  get all(): ReadonlyMap<string, ClosedDoor> {
    return this.#closed
  }

  /** The address was local when it was connected to. */
  addressProven(provider: string): void {
    if (this.#closed.get(provider)?.cause === 'address_not_local') this.#open(provider)
  }

  /** The server has changed since, and its proof of today differs from the one that was broken. */
  serverProven(provider: string): void {
    if (this.#closed.get(provider)?.cause === 'remote_model_answered') this.#open(provider)
  }

  #open(provider: string): void {
    const door = this.#closed.get(provider)
    if (!door) return
    this.#closed.delete(provider)
    this.#keeper?.opened(provider, door)
  }

  #shut(provider: string, door: ClosedDoor): boolean {
    const before = this.#closed.get(provider)
    if (before && (blocking(before) || !blocking(door))) return false
    this.#closed.set(provider, door)
    return true
  }
}

function blocking({ cause }: ClosedDoor): boolean {
  return cause !== 'address_not_local'
}
