// Owns that providers which a violation has closed are closed in all processes on one ledger, and after a restart.
import type { Clock } from '../domain/clock.ts'
import type { Logger } from '../domain/logger.ts'
import { isViolationCause } from '../domain/privacy-violation.ts'
import type { DoorStore, StoredDoor } from '../ledger/door-store.ts'
import { type ClosedDoor, RestrictedDoors } from '../providers/transport/restricted-doors.ts'

/** `proof`: the provider has shown anew that it is local. `person`: somebody with the master key has said so. */
export type OpenedBy = 'proof' | 'person'

export interface DoorBookOptions {
  readonly store: DoorStore
  readonly clock: Clock
  readonly logger: Logger
  /** This process has opened one. */
  readonly onOpened: (provider: string, by: OpenedBy) => void
}

/** What other processes have closed or opened is so here this much later, at the most. */
const REFRESH_MS = 1000

/** What the store is still to be told of one provider. */
type Unwritten =
  | { readonly is: 'closed'; readonly door: StoredDoor }
  | { readonly is: 'opened'; readonly sinceMs: number }

/**
 * A door is closed here at once, and in the store as soon as that can be reached: until then this process keeps what it
 * knows, and nothing that it reads opens it.
 * @example const book = await DoorBook.open({ store, clock, logger, onOpened })
 */
export class DoorBook {
  readonly doors: RestrictedDoors
  readonly #options: DoorBookOptions
  /** In the order in which it happened. */
  readonly #unwritten = new Map<string, Unwritten>()
  /** Changes of this process: what was read before one of them is out of date. */
  #changes = 0
  #writing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor(options: DoorBookOptions) {
    this.#options = options
    this.doors = new RestrictedDoors(() => options.clock.wallMs(), {
      closed: (provider, door) => this.#note(provider, { is: 'closed', door: storedDoor(provider, door) }),
      opened: (provider, { sinceMs }) => {
        this.#note(provider, { is: 'opened', sinceMs })
        options.onOpened(provider, 'proof')
      },
    })
  }

  /** Closes what is closed. @throws StoreUnavailable */
  static async open(options: DoorBookOptions): Promise<DoorBook> {
    const book = new DoorBook(options)
    await book.refresh()
    book.#timer = setInterval(() => void book.#keepUp(), REFRESH_MS).unref()
    return book
  }

  /**
   * A person has looked at it and takes it on. Nothing is opened that the store was not told of.
   * @returns false when it was not closed. @throws StoreUnavailable
   */
  async openByPerson(provider: string): Promise<boolean> {
    await this.flush()
    await this.refresh()
    const door = this.doors.closed(provider)
    if (!door) return false
    const { store, onOpened } = this.#options
    await store.open(provider, door.sinceMs)
    this.#changes += 1
    // What was closed anew meanwhile is another door.
    if (this.doors.closed(provider) === door) {
      this.doors.learnOpened(provider)
      onOpened(provider, 'person')
    }
    return true
  }

  /** Reads what other processes have closed and opened. @throws StoreUnavailable */
  async refresh(): Promise<void> {
    const changes = this.#changes
    const kept = await this.#options.store.closed()
    if (changes !== this.#changes) return
    const { logger } = this.#options
    const closed = new Set(kept.map(({ provider }) => provider))
    for (const { provider, cause, sinceMs, cloudWasOn } of kept) {
      // A cause of a newer version is a grave one.
      const known = isViolationCause(cause) ? cause : 'restricted_attempt_to_cloud'
      if (this.#unwritten.has(provider)) continue
      if (this.doors.learnClosed(provider, { cause: known, sinceMs, cloudWasOn })) {
        logger.warn('privacy_closed', { provider, cause, since: new Date(sinceMs).toISOString() })
      }
    }
    for (const provider of [...this.doors.all.keys()]) {
      if (closed.has(provider) || this.#unwritten.has(provider)) continue
      this.doors.learnOpened(provider)
      logger.warn('privacy_reopened', { provider, by: 'another process' })
    }
  }

  /** Resolves when the store knows all that has happened here. @throws StoreUnavailable: it is tried again. */
  async flush(): Promise<void> {
    while (this.#unwritten.size > 0 || this.#writing) await (this.#writing ?? this.#write())
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush().catch(() => {
      this.#options.logger.error('doors_unwritten', { providers: [...this.#unwritten.keys()].join(' ') })
    })
  }

  #note(provider: string, what: Unwritten): void {
    this.#changes += 1
    this.#unwritten.delete(provider)
    this.#unwritten.set(provider, what)
    void this.#write().catch(() => {})
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    const { store } = this.#options
    for (const [provider, what] of this.#unwritten) {
      if (what.is === 'closed') await store.close(what.door)
      else await store.open(provider, what.sinceMs)
      this.#changes += 1
      if (this.#unwritten.get(provider) === what) this.#unwritten.delete(provider)
    }
  }

  /** A store that is away is told of by the ledger; the next turn tries again. */
  async #keepUp(): Promise<void> {
    await this.#write().catch(() => {})
    await this.refresh().catch(() => {})
  }
}

function storedDoor(provider: string, { cause, sinceMs, cloudWasOn }: ClosedDoor): StoredDoor {
  return { provider, cause, blocks: cause !== 'address_not_local', sinceMs, cloudWasOn }
}
