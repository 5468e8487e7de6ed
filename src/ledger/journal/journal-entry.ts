// Owns the lines of a journal: JSON arrays, one event a line, appended only.
import type { ChargedSubject } from '../charge.ts'
import type { UsageEntry } from '../usage-row.ts'

/** What many reservations have in common. Never content. */
export interface ReservedFor {
  readonly subjects: readonly ChargedSubject[]
  readonly provider: string
  readonly model: string
  readonly reason: string
  readonly classification: string
  readonly keyId: string | null
  readonly user: string | null
  /** Absent for none. */
  readonly tags?: readonly string[]
}

/** What a journal says of one paid attempt before it is sent. */
export interface ReservedEntry extends ReservedFor {
  readonly id: string
  readonly amount: number
  readonly madeAtMs: number
  readonly receivedAtMs: number
}

export const JOURNAL_VERSION = 2

export type JournalEntry =
  /** Begins a file: all batches up to this one are in the store, and nothing of them follows. */
  | readonly ['journal', version: typeof JOURNAL_VERSION, owner: string, lastBatch: number]
  /** What the reservations that name this number are for. */
  | readonly ['for', number: number, ReservedFor]
  | readonly ['reserved', id: string, amount: number, madeAtMs: number, receivedAtMs: number, reservedFor: number]
  | readonly ['settled', id: string, cost: number]
  | readonly ['usage', UsageEntry]
  /** The oldest so many settlements and usage rows that no batch had before are written to the store in this one. */
  | readonly ['batch', number: number, settled: number, usage: number]

export function journalLine(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`
}

/** The same line as `journalLine(['reserved', …])`. */
export function reservedLine({ id, amount, madeAtMs, receivedAtMs }: ReservedEntry, reservedFor: number): string {
  return `["reserved",${JSON.stringify(id)},${amount},${madeAtMs},${receivedAtMs},${reservedFor}]\n`
}

/** The same line as `journalLine(['settled', id, cost])`. */
export function settledLine(id: string, cost: number): string {
  return `["settled",${JSON.stringify(id)},${cost}]\n`
}

/** Undefined for a line that was not written to its end. */
export function parseJournalLine(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry
  } catch {
    return undefined
  }
}
