// Owns the journal of one process: what it reserved, settled and has yet to write to the store, safe from its death.
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { FileLock } from '../../locks/file-lock.ts'
import type { UsageEntry } from '../usage-row.ts'
import { JOURNAL_VERSION, journalLine, type ReservedEntry, reservedLine, settledLine } from './journal-entry.ts'
import { type NumberedFor, ReservedForTable } from './reserved-for-table.ts'

export interface JournalOptions {
  /** On a local disk. Made when it is not there, for this user only. */
  readonly directory: string
  readonly owner: string
  /**
   * Whether each group of lines waits until the disk has it. Without, a journal survives the death of its process, and a
   * power loss may take its last seconds; with it, not even that, for a disk flush a group.
   */
  readonly fsync: boolean
}

export const JOURNAL_SUFFIX = '.journal'
export const LOCK_SUFFIX = '.lock'

/** A file that is larger is begun anew with what still matters. */
const ROTATE_AT_BYTES = 4 * 1024 * 1024

/** A character takes three bytes of UTF-8 at the most, for each of its units. */
const GROUP_BYTES = 128 * 1024

interface OpenReservation {
  readonly line: string
  readonly reservedFor: NumberedFor
}

interface Group {
  readonly written: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Lines are appended to memory and written in groups, one system call for all that came in one turn of the event loop.
 * A paid attempt is sent when the group with its reservation is written; settlements wait for nobody, because their
 * reservation stands for them.
 * @example
 * const journal = new Journal({ directory: './aegis.db-leases', owner, fsync: false })
 * journal.reserved(entry)
 * await journal.written()
 */
export class Journal {
  readonly #options: JournalOptions
  readonly #path: string
  readonly #lock: FileLock
  readonly #buffer = Buffer.allocUnsafeSlow(GROUP_BYTES)
  #file: number
  #bytes = 0
  #rotateAtBytes = ROTATE_AT_BYTES
  /** Not written yet. Reservations apart: when writing fails, they are refused and must not be written later. */
  #introductions = ''
  #lines = ''
  #reservations = ''
  #group: Group | undefined
  #syncing: Promise<void> = Promise.resolve()
  /** The flush that has not begun, so that what is written now is in it. */
  #nextSync: Promise<void> | undefined
  /** What a new file must begin with: open reservations, and what no batch has written. */
  readonly #open = new Map<string, OpenReservation>()
  readonly #reservedFor = new ReservedForTable()
  #settled: { readonly id: string; readonly line: string }[] = []
  #usage: string[] = []
  #lastBatch = 0

  /** @throws what the file system says. */
  constructor(options: JournalOptions) {
    this.#options = options
    mkdirSync(options.directory, { recursive: true, mode: 0o700 })
    this.#path = join(options.directory, `${options.owner}${JOURNAL_SUFFIX}`)
    const lock = FileLock.take(join(options.directory, `${options.owner}${LOCK_SUFFIX}`))
    if (lock === undefined) throw new Error(`the journal of ${options.owner} is in use`)
    this.#lock = lock
    const { file, bytes } = this.#begin(this.#path)
    this.#file = file
    this.#bytes = bytes
    if (options.fsync) syncFolder(options.directory)
  }

  reserved(entry: ReservedEntry): void {
    this.#reservations += this.#opened(entry)
  }

  /** The reservation will not be used: its group could not be written. */
  withdrawn(id: string): void {
    this.#open.delete(id)
  }

  /** An attempt that was taken for free: its bill comes without a reservation that anybody waited for. */
  reservedLate(entry: ReservedEntry): void {
    this.#lines += this.#opened(entry)
  }

  settled(id: string, cost: number): void {
    const line = settledLine(id, cost)
    this.#settled.push({ id, line })
    this.#lines += line
    this.#schedule()
  }

  usage(entry: UsageEntry): void {
    const line = journalLine(['usage', entry])
    this.#usage.push(line)
    this.#lines += line
    this.#schedule()
  }

  /** Resolves when all lines so far are written, and on the disk when that is asked for. Rejects when they cannot be. */
  written(): Promise<void> {
    return this.#schedule().written
  }

  /** Says, before a batch goes to the store, what it consists of. @throws what the file system says. */
  batch(number: number, settled: number, usage: number): void {
    const before = this.#lines
    this.#lines += journalLine(['batch', number, settled, usage])
    try {
      this.#writeNow()
    } catch (error) {
      // It is said again with the next try, and must not be read twice: what is settled meanwhile is not of this batch.
      this.#lines = before
      throw error
    }
  }

  /** Whether it can be written, found out by a line that says nothing. */
  canWrite(): boolean {
    try {
      this.batch(this.#lastBatch, 0, 0)
      return true
    } catch {
      return false
    }
  }

  /** The store has the batch. */
  batchWritten(number: number, settled: number, usage: number): void {
    for (const { id } of this.#settled.splice(0, settled)) this.#open.delete(id)
    this.#usage.splice(0, usage)
    this.#lastBatch = number
    if (this.#bytes > this.#rotateAtBytes) this.#rotate()
  }

  /** Lets the file go; removes it when the store has everything. */
  close({ remove }: { readonly remove: boolean }): void {
    try {
      this.#writeNow()
    } catch {
      // What could not be written is told by who closes.
    }
    this.#closeWhenSynced(this.#file)
    if (remove) rmSync(this.#path, { force: true })
    this.#lock.retire()
  }

  readonly #introduce = (line: string): void => {
    this.#introductions += line
  }

  #opened(entry: ReservedEntry): string {
    const reservedFor = this.#reservedFor.of(entry, this.#introduce)
    const line = reservedLine(entry, reservedFor.number)
    this.#open.set(entry.id, { line, reservedFor })
    return line
  }

  #schedule(): Group {
    if (this.#group) return this.#group
    const { promise: written, resolve, reject } = Promise.withResolvers<void>()
    written.catch(() => {})
    this.#group = { written, resolve, reject }
    setImmediate(() => this.#writeGroup())
    return this.#group
  }

  #writeGroup(): void {
    const group = this.#group
    this.#group = undefined
    if (!group) return
    try {
      this.#writeNow()
    } catch (error) {
      this.#reservations = ''
      group.reject(error)
      return
    }
    if (this.#options.fsync) this.#sync().then(group.resolve, group.reject)
    else group.resolve()
  }

  /** One flush at a time; all that is written while it runs shares the next one. */
  #sync(): Promise<void> {
    if (this.#nextSync) return this.#nextSync
    const next = this.#syncing.then(() => {
      this.#nextSync = undefined
      return new Promise<void>((resolve, reject) => {
        fdatasync(this.#file, (error) => (error ? reject(error) : resolve()))
      })
    })
    this.#nextSync = next
    this.#syncing = next.catch(() => {})
    return next
  }

  #writeNow(): void {
    const text = this.#introductions + this.#reservations + this.#lines
    if (text === '') return
    const bytes = this.#bytesOf(text)
    try {
      writeAll(this.#file, bytes)
    } catch (error) {
      // A part of a line would spoil the next one.
      ftruncateSync(this.#file, this.#bytes)
      throw error
    }
    this.#bytes += bytes.length
    this.#introductions = ''
    this.#reservations = ''
    this.#lines = ''
  }

  /** A group is written before the next one is made, so most share one buffer. */
  #bytesOf(text: string): Buffer {
    if (text.length * 3 > GROUP_BYTES) return Buffer.from(text)
    return this.#buffer.subarray(0, this.#buffer.write(text))
  }

  /** The old file stands until the new one is complete. */
  #rotate(): void {
    const next = `${this.#path}.next`
    try {
      this.#writeNow()
      const { file, bytes } = this.#begin(next)
      const rest = Buffer.from(this.#remaining())
      try {
        writeAll(file, rest)
        if (this.#options.fsync) fdatasyncSync(file)
        renameSync(next, this.#path)
      } catch (error) {
        closeSync(file)
        throw error
      }
      this.#closeWhenSynced(this.#file)
      this.#file = file
      this.#bytes = bytes + rest.length
      this.#reservedFor.forget()
      // Many open reservations make a large file, which must not be written anew with every batch.
      this.#rotateAtBytes = Math.max(ROTATE_AT_BYTES, 2 * this.#bytes)
      if (this.#options.fsync) syncFolder(this.#options.directory)
    } catch {
      // The disk is full or fails: the old file goes on, and the next batch tries again.
    }
  }

  /** What a new file begins with, behind its head. */
  #remaining(): string {
    const open = [...this.#open.values()]
    const introductions = new Set(open.map(({ reservedFor }) => reservedFor.line))
    const settled = this.#settled.map(({ line }) => line)
    return [...introductions, ...open.map(({ line }) => line), ...settled, ...this.#usage].join('')
  }

  /** A flush that is under way holds on to the number of the file, which would be another file's by then. */
  #closeWhenSynced(file: number): void {
    if (this.#options.fsync) void this.#syncing.then(() => closeSync(file))
    else closeSync(file)
  }

  #begin(path: string): { readonly file: number; readonly bytes: number } {
    const file = openSync(path, 'a', 0o600)
    try {
      ftruncateSync(file, 0)
      const head = Buffer.from(journalLine(['journal', JOURNAL_VERSION, this.#options.owner, this.#lastBatch]))
      writeAll(file, head)
      return { file, bytes: head.length }
    } catch (error) {
      closeSync(file)
      throw error
    }
  }
}

/** A power loss must not take the name of a file whose content is safe. Windows has no such thing. */
function syncFolder(directory: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(directory, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}
