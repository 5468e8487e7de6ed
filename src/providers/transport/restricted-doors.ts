// Owns which providers are closed for restricted data because of a violation, and who may open them again.
import type { ViolationCause } from '../../domain/privacy-violation.ts'

export interface ClosedDoor {
  readonly cause: ViolationCause
  /** Milliseconds since 1970. */
  readonly sinceMs: number
}

/** `proof`: the provider has shown anew that it is local. `person`: somebody with the master key has said so. */
export type OpenedBy = 'proof' | 'person'

/**
 * One for all providers of a process. A door that was closed for an address does not stop a request by itself: every
 * connection proves its address anew, and the first that does opens it.
 */
export class RestrictedDoors {
  readonly #closed = new Map<string, ClosedDoor>()
  readonly #wallMs: () => number
  readonly #onOpened: (provider: string, by: OpenedBy) => void

  constructor(wallMs: () => number, onOpened: (provider: string, by: OpenedBy) => void) {
    this.#wallMs = wallMs
    this.#onOpened = onOpened
  }

  /** The gravest cause stays. */
  close(provider: string, cause: ViolationCause): void {
    const before = this.#closed.get(provider)
    if (before && before.cause !== 'address_not_local') return
    this.#closed.set(provider, { cause, sinceMs: before?.sinceMs ?? this.#wallMs() })
  }

  /** Whether a restricted attempt must be refused before anything is connected. */
  blocks(provider: string): boolean {
    const door = this.#closed.get(provider)
    return door !== undefined && door.cause !== 'address_not_local'
  }

  closed(provider: string): ClosedDoor | undefined {
    return this.#closed.get(provider)
  }

  /** The address was local when it was connected to. */
  addressProven(provider: string): void {
    if (this.#closed.get(provider)?.cause === 'address_not_local') this.#open(provider, 'proof')
  }

  /** The server has changed since, and its proof of today differs from the one that was broken. */
  serverProven(provider: string): void {
    if (this.#closed.get(provider)?.cause === 'remote_model_answered') this.#open(provider, 'proof')
  }

  /** @returns false when it was not closed. */
  openByPerson(provider: string): boolean {
    if (!this.#closed.has(provider)) return false
    this.#open(provider, 'person')
    return true
  }

  #open(provider: string, by: OpenedBy): void {
    this.#closed.delete(provider)
    this.#onOpened(provider, by)
  }
}
