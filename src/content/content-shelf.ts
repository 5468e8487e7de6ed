// Owns content that outlives its request: it is sealed before the store sees it, found by its own tenant only, and ends in time.
import type { Clock } from '../domain/clock.ts'
import type { DataClassification } from '../domain/data-classification.ts'
import { AegisError } from '../domain/errors.ts'
import type { ContentKind, ContentPage, ContentStore, DescribedContent } from '../ledger/content-store.ts'
import type { ContentKey } from './content-key.ts'
import { seal, unseal } from './sealing.ts'

const HOUR_MS = 3_600_000

export interface ContentShelfOptions {
  readonly store: ContentStore
  readonly clock: Clock
  /** Called on first use. */
  readonly loadKey: () => ContentKey
  /** Whether `loadKey` would make a new key. */
  readonly isKeyNew: () => boolean
  /** How long a piece is kept. */
  readonly keepMs: number
}

/** A piece of content, opened. */
export interface Piece<About> {
  readonly id: string
  readonly kind: ContentKind
  readonly tenant: string
  readonly classification: DataClassification
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly about: About
}

export interface NewPiece {
  readonly id: string
  readonly kind: ContentKind
  readonly tenant: string
  readonly classification: DataClassification
  /** JSON. */
  readonly about: object
  readonly content: Buffer
  /** Shorter than what is usual. */
  readonly keepMs?: number | undefined
}

export class ContentShelf {
  readonly #options: ContentShelfOptions
  #key: ContentKey | undefined
  #sweptAtMs = 0

  constructor(options: ContentShelfOptions) {
    this.#options = options
  }

  /** Which key seals what is kept here. It is made when there is none. */
  get keyName(): string {
    return this.#loadedKey().name
  }

  /** The same; undefined while nothing was ever sealed. */
  get usedKeyName(): string | undefined {
    return this.#key === undefined && this.#options.isKeyNew() ? undefined : this.keyName
  }

  get keepMs(): number {
    return this.#options.keepMs
  }

  /** The first piece of an id stays. Now and then what is over is forgotten. */
  async keep({ about, content, keepMs, ...label }: NewPiece): Promise<Piece<object>> {
    const { store, clock } = this.#options
    const createdAtMs = clock.wallMs()
    const expiresAtMs = createdAtMs + Math.min(keepMs ?? this.keepMs, this.keepMs)
    await store.keep({
      ...label,
      createdAtMs,
      expiresAtMs,
      about: this.seal(`about ${label.id}`, Buffer.from(JSON.stringify(about))),
      content: this.seal(`content ${label.id}`, content),
    })
    if (createdAtMs - this.#sweptAtMs > HOUR_MS) {
      this.#sweptAtMs = createdAtMs
      await store.forgetExpired(createdAtMs, createdAtMs - this.keepMs)
    }
    return { ...label, createdAtMs, expiresAtMs, about }
  }

  /** Undefined for what is not there, is over, or is another tenant's: nobody learns which. @throws AegisError `not_found` */
  async describe<About>(kind: ContentKind, id: string, tenant: string): Promise<Piece<About> | undefined> {
    const found = await this.#options.store.describe(id)
    return found && this.#isOf(found, kind, tenant) ? this.#opened<About>(found) : undefined
  }

  /** The same with its content. */
  async open<About>(
    kind: ContentKind,
    id: string,
    tenant: string,
  ): Promise<(Piece<About> & { readonly content: Buffer }) | undefined> {
    const found = await this.#options.store.kept(id)
    if (!found || !this.#isOf(found, kind, tenant)) return undefined
    return { ...this.#opened<About>(found), content: this.unseal(`content ${id}`, found.content) }
  }

  /** Newest first. */
  async list<About>(kind: ContentKind, tenant: string, page: ContentPage): Promise<readonly Piece<About>[]> {
    const found = await this.#options.store.list(kind, tenant, page)
    return found.filter((one) => this.#isOf(one, kind, tenant)).map((one) => this.#opened<About>(one))
  }

  forget(id: string): Promise<boolean> {
    return this.#options.store.forget(id)
  }

  /** @param label what it is of: two labels never open each other's content. */
  seal(label: string, content: Buffer): Buffer {
    return seal(this.#loadedKey().bytes, label, content)
  }

  /** @throws AegisError `not_found` for what was sealed with another key. */
  unseal(label: string, sealed: Uint8Array): Buffer {
    const content = unseal(this.#loadedKey().bytes, label, sealed)
    if (content) return content
    const wayOut = 'Give all instances the same content.key, or restore the file of the key that was used'
    throw new AegisError('not_found', `This was kept under another content key and cannot be read here. ${wayOut}.`)
  }

  #isOf(found: DescribedContent, kind: ContentKind, tenant: string): boolean {
    return found.kind === kind && found.tenant === tenant && found.expiresAtMs > this.#options.clock.wallMs()
  }

  #opened<About>(found: DescribedContent): Piece<About> {
    const { id, kind, tenant, classification, createdAtMs, expiresAtMs } = found
    const about = JSON.parse(this.unseal(`about ${id}`, found.about).toString('utf8')) as About
    return { id, kind, tenant, classification, createdAtMs, expiresAtMs, about }
  }

  #loadedKey(): ContentKey {
    this.#key ??= this.#options.loadKey()
    return this.#key
  }
}
