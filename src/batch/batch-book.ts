// Owns the batches of all tenants: made, found, listed, changed. What is said of them is sealed before the store sees it.
import type { ContentShelf } from '../content/content-shelf.ts'
import type { Clock } from '../domain/clock.ts'
import { AegisError } from '../domain/errors.ts'
import type { BatchCounts, BatchStatus, ContentPage, ContentStore, StoredBatch } from '../ledger/content-store.ts'
import { openStatuses } from '../ledger/content-store.ts'
import type { Batch, BatchAbout, FileAbout } from './batch-about.ts'
import { readLines } from './read-lines.ts'

const PAGE = 100
const WINDOW_MS = 24 * 3_600_000

export interface BatchBookOptions {
  readonly store: ContentStore
  readonly shelf: ContentShelf
  readonly clock: Clock
}

export type NewBatch = Pick<BatchAbout, 'endpoint' | 'inputFileId' | 'metadata' | 'keyId'> & {
  readonly id: string
  readonly tenant: string
  /** The hints of every line, the batch's size left out. */
  readonly hints: readonly string[]
}

export class BatchBook {
  readonly store: ContentStore
  readonly shelf: ContentShelf
  readonly clock: Clock
  readonly #watchers = new Set<(id: string) => void>()

  constructor({ store, shelf, clock }: BatchBookOptions) {
    this.store = store
    this.shelf = shelf
    this.clock = clock
  }

  /** Calls `listener` when a batch of this process is made or cancelled. Returns the way to unsubscribe. */
  onChange(listener: (id: string) => void): () => void {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }

  /** Its whole file is read first: what is wrong with it is said at once, and nothing of it is asked. */
  async create({ id, tenant, hints, ...given }: NewBatch): Promise<Batch> {
    const file = await this.shelf.open<FileAbout>('file', given.inputFileId, tenant)
    if (!file)
      throw new AegisError('not_found', 'There is no file of this id, or it is no longer kept.', {
        param: 'input_file_id',
      })
    if (file.about.purpose !== 'batch')
      throw new AegisError('invalid_request', 'input_file_id must name a file of the purpose batch.', {
        param: 'input_file_id',
      })
    const { lines, errors } = await readLines(file.content, given.endpoint)
    const nowMs = this.clock.wallMs()
    const failed = errors.length > 0
    const about: BatchAbout = {
      ...given,
      hints,
      total: lines.length,
      expiresAtMs: nowMs + WINDOW_MS,
      ...(failed ? { errors, failedAtMs: nowMs } : {}),
    }
    const status: BatchStatus = failed ? 'failed' : 'in_progress'
    const { keyName } = this.shelf
    await this.store.addBatch({ id, tenant, createdAtMs: nowMs, status, keyName, about: this.#seal(id, about) })
    this.#changed(id)
    return { id, tenant, createdAtMs: nowMs, status, about }
  }

  /** @throws AegisError `not_found` for what is not there or is another tenant's. */
  async find(id: string, tenant: string): Promise<Batch> {
    const found = await this.store.batch(id)
    if (!found || found.tenant !== tenant) throw new AegisError('not_found', 'There is no batch of this id.')
    return this.open(found)
  }

  async list(tenant: string, page: ContentPage): Promise<readonly Batch[]> {
    return (await this.store.batches(tenant, page)).map((one) => this.open(one))
  }

  /** A batch of the tenant that is not over and reads that file. */
  async readerOf(fileId: string, tenant: string): Promise<Batch | undefined> {
    for (let afterId: string | undefined; ; ) {
      const page = await this.list(tenant, { limit: PAGE, afterId })
      const reader = page.find(({ status, about }) => openStatuses.includes(status) && about.inputFileId === fileId)
      if (reader || page.length < PAGE) return reader
      afterId = page.at(-1)?.id
    }
  }

  counts(id: string): Promise<BatchCounts> {
    return this.store.countBatchItems(id)
  }

  /** No line is asked any more; what was answered is kept. @throws AegisError when it is over. */
  async cancel(id: string, tenant: string): Promise<Batch> {
    const { status } = await this.find(id, tenant)
    if (status === 'in_progress') {
      const cancellingAtMs = this.clock.wallMs()
      await this.change(id, ['in_progress'], 'cancelling', { cancellingAtMs })
      this.#changed(id)
    }
    const batch = await this.find(id, tenant)
    if (batch.status === 'cancelling' || batch.status === 'cancelled') return batch
    throw new AegisError('invalid_request', `A batch that is ${batch.status} cannot be cancelled.`)
  }

  /** @returns false when its status was none of `from`. */
  async change(id: string, from: readonly BatchStatus[], to: BatchStatus, more: Partial<BatchAbout>): Promise<boolean> {
    const found = await this.store.batch(id)
    if (!found) return false
    return this.store.changeBatch(id, from, to, this.#seal(id, { ...this.open(found).about, ...more }))
  }

  open({ id, tenant, createdAtMs, status, about }: StoredBatch): Batch {
    const opened = JSON.parse(this.shelf.unseal(`batch ${id}`, about).toString('utf8')) as BatchAbout
    return { id, tenant, createdAtMs, status, about: opened }
  }

  #seal(id: string, about: BatchAbout): Buffer {
    return this.shelf.seal(`batch ${id}`, Buffer.from(JSON.stringify(about)))
  }

  #changed(id: string): void {
    for (const watcher of this.#watchers) watcher(id)
  }
}
