// Owns the writing of the audit record: one chain of hashed lines by this process, in batches off the path of requests.
import { closeSync, fdatasync, ftruncateSync, mkdirSync, openSync, write, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Clock } from '../domain/clock.ts'
import type { Logger } from '../domain/logger.ts'
import type { PrivacyDecision } from '../domain/privacy-decision.ts'
import { TextQueue } from '../domain/text-queue.ts'
import { FileLock } from '../locks/file-lock.ts'
import { AuditError } from './audit-error.ts'
import { type ChainHead, endOf, headsIn, headText, lockPath, segmentPath, segmentsIn } from './audit-files.ts'
import { type AuditEvent, auditBody, type ChainEnd, FRAME_BYTES, hashOf, NO_HASH, writeLine } from './audit-line.ts'
import { decisionBody } from './decision-body.ts'

export interface AuditLogOptions {
  readonly folder: string
  readonly clock: Clock
  readonly logger: Logger
  /** What the first record of this process says beside the heads of other chains: version, policy. */
  readonly about: Readonly<Record<string, string | number>>
  /** Only decisions on restricted data. */
  readonly restrictedOnly?: boolean
  /** Each batch waits for the disk. */
  readonly fsync?: boolean
  /** A segment that is longer is followed by another. Default 64 MiB. */
  readonly segmentBytes?: number
  /** Default 100. */
  readonly batchMs?: number
}

const SEGMENT_BYTES = 64 * 1024 * 1024
const BATCH_MS = 100
/** Lines made in one turn of the event loop. */
const MOST_AT_ONCE = 200
/** Records that wait for a disk that takes none, at the most. */
const MOST_WAITING = 20_000

const writeAsync = promisify(write)
const syncAsync = promisify(fdatasync)

/**
 * What was recorded is in the file at the latest a batch later; a process that is killed loses no more than that.
 * @example await using log = AuditLog.open({ folder: './aegis.db-audit', clock, logger, about: { version } })
 */
export class AuditLog {
  readonly #options: AuditLogOptions
  readonly #lock: FileLock
  readonly #chain: number
  #end: ChainEnd
  #segment: number
  #file: number
  #bytes: number
  /** Bodies of lines. */
  readonly #queue = new TextQueue()
  #lost = 0
  #isFailing = false
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #closing: Promise<void> | undefined

  private constructor(options: AuditLogOptions, lock: FileLock, chain: number) {
    this.#options = options
    this.#lock = lock
    this.#chain = chain
    const last = segmentsIn(options.folder).findLast((one) => one.chain === chain)
    this.#segment = last?.number ?? 1
    const path = last?.path ?? segmentPath(options.folder, chain, 1)
    const before = last && this.#endBefore(path)
    this.#end = before?.end ?? { seq: 0, hash: NO_HASH }
    this.#file = openSync(path, 'a', 0o600)
    this.#bytes = before?.bytes ?? 0
    if (last && !before?.end) options.logger.error('audit_damaged', { chain })
    const opened: AuditEvent = { type: 'opened', data: { ...options.about, heads: headText(this.#otherHeads()) } }
    const torn = before?.torn
    if (torn && torn.length > 0) this.#writeNow([tornEvent(torn), opened], '\n')
    else this.#writeNow([opened])
  }

  /** Takes the first chain that no other process writes. @throws AuditError */
  static open(options: AuditLogOptions): AuditLog {
    const { folder } = options
    let lock: FileLock | undefined
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      for (let chain = 1; ; chain += 1) {
        lock = FileLock.take(lockPath(folder, chain))
        if (lock) return new AuditLog(options, lock, chain)
      }
    } catch (error) {
      lock?.release()
      throw new AuditError(folder, error)
    }
  }

  /** The newest line of this process's chain that is in the file. */
  get head(): ChainHead {
    return { chain: this.#chain, ...this.#end }
  }

  /** The newest lines of all chains: to be kept where nobody who can write the record can write too. */
  heads(): readonly ChainHead[] {
    return [...this.#otherHeads(), this.head].toSorted((left, right) => left.chain - right.chain)
  }

  decided(decision: PrivacyDecision): void {
    if (this.#options.restrictedOnly && !decision.classification.restricted) return
    this.#add(decisionBody(decision))
  }

  /** Something other than a decision. */
  record(event: AuditEvent): void {
    this.#add(auditBody(event, this.#options.clock.wallMs()))
  }

  /** Resolves when everything recorded before is in the file, or cannot be written now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#writing
    await this.#write()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.flush()
    if (this.#queue.length > 0) this.#options.logger.error('audit_lost', { records: this.#queue.length + this.#lost })
    await syncAsync(this.#file).catch(() => {})
    closeSync(this.#file)
    this.#lock.release()
  }

  /** Made text at once: what a request leaves behind would cost the collector more. */
  #add(body: string): void {
    if (this.#closing) return
    if (this.#queue.length >= MOST_WAITING) this.#lost += 1
    else this.#queue.push(body)
    if (!this.#writing) this.#writeSoon()
  }

  #writeSoon(): void {
    if (this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#write()
    }, this.#options.batchMs ?? BATCH_MS).unref()
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
      if (this.#queue.length > 0) this.#writeSoon()
    })
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0 || this.#lost > 0) {
      const taken = this.#queue.first(MOST_AT_ONCE)
      const lost = this.#lost
      const nowMs = this.#options.clock.wallMs()
      const told = lost > 0 ? [bodyOf({ type: 'lost', data: { records: lost } }, nowMs)] : []
      const { bytes, end } = linesOf([...taken, ...told], this.#end)
      if (!(await this.#append(bytes))) return
      this.#end = end
      this.#queue.drop(taken.length)
      this.#lost -= lost
    }
    if (this.#options.fsync) await syncAsync(this.#file).catch((error: unknown) => this.#failed(error))
  }

  /** All of it, or nothing that counts: what a full disk took of a batch is cut off again. */
  async #append(bytes: Buffer): Promise<boolean> {
    try {
      if (this.#bytes > (this.#options.segmentBytes ?? SEGMENT_BYTES)) this.#nextSegment()
      for (let written = 0; written < bytes.length; ) {
        written += (await writeAsync(this.#file, bytes, written)).bytesWritten
      }
      this.#bytes += bytes.length
      this.#isFailing = false
      return true
    } catch (error) {
      try {
        ftruncateSync(this.#file, this.#bytes)
      } catch {
        // The next try does it.
      }
      this.#failed(error)
      return false
    }
  }

  #failed(error: unknown): void {
    if (!this.#isFailing) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      this.#options.logger.error('audit_unwritable', { code, waiting: this.#queue.length })
    }
    this.#isFailing = true
  }

  #nextSegment(): void {
    const { folder } = this.#options
    const file = openSync(segmentPath(folder, this.#chain, this.#segment + 1), 'ax', 0o600)
    closeSync(this.#file)
    this.#file = file
    this.#segment += 1
    this.#bytes = 0
  }

  /** At the start only, before anybody is answered. @param ending ends what a dying process left of a line. */
  #writeNow(events: readonly AuditEvent[], ending = ''): void {
    const { clock } = this.#options
    const bodies = events.map((event) => bodyOf(event, clock.wallMs()))
    const { bytes, end } = linesOf(bodies, this.#end)
    this.#bytes += writeSync(this.#file, Buffer.concat([Buffer.from(ending), bytes]))
    this.#end = end
  }

  /** The last line of the chain, which may stand in the segment before when the newest one is empty. */
  #endBefore(path: string): { readonly end: ChainEnd | undefined; readonly bytes: number; readonly torn: Buffer } {
    const { line, bytes, torn } = endOf(path)
    if (line || this.#segment === 1) return { end: line, bytes, torn }
    const before = endOf(segmentPath(this.#options.folder, this.#chain, this.#segment - 1)).line
    return { end: before, bytes, torn }
  }

  #otherHeads(): readonly ChainHead[] {
    return headsIn(this.#options.folder).filter(({ chain }) => chain !== this.#chain)
  }
}

/** The lines of a batch, and what the next one goes on from. */
function linesOf(bodies: readonly Buffer[], before: ChainEnd): { readonly bytes: Buffer; readonly end: ChainEnd } {
  const room = bodies.reduce((sum, { length }) => sum + length + FRAME_BYTES, 0)
  const bytes = Buffer.allocUnsafe(room)
  let line = { ...before, at: 0 }
  for (const body of bodies) line = writeLine(body, line, bytes, line.at)
  return { bytes: bytes.subarray(0, line.at), end: { seq: line.seq, hash: line.hash } }
}

function bodyOf(event: AuditEvent, atMs: number): Buffer {
  return Buffer.from(auditBody(event, atMs))
}

function tornEvent(torn: Buffer): AuditEvent {
  return { type: 'torn', data: { bytes: torn.length, sha256: hashOf(torn) } }
}
