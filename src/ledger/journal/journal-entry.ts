// Owns the lines of a journal: JSON arrays, one event a line, appended only.
import type { ChargedSubject } from '../charge.ts'
import type { UsageEntry } from '../usage-row.ts'

/** What a journal says of one paid attempt before it is sent. Never content. */
export interface ReservedEntry {
  readonly id: string
  readonly amount: number
  readonly madeAtMs: number
  readonly subjects: readonly ChargedSubject[]
  readonly provider: string
  readonly model: string
  readonly reason: string
  readonly classification: string
  readonly receivedAtMs: number
  readonly keyId: string | null
  readonly user: string | null
}

export type JournalEntry =
  /** Begins a file: all batches up to this one are in the store, and nothing of them follows. */
  | readonly ['journal', version: 1, owner: string, lastBatch: number]
  | readonly ['reserved', ReservedEntry]
  | readonly ['settled', id: string, cost: number]
  | readonly ['usage', UsageEntry]
  /** The oldest so many settlements and usage rows that no batch had before are written to the store in this one. */
  | readonly ['batch', number: number, settled: number, usage: number]

export function journalLine(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`
}

/** Undefined for a line that was not written to its end. */
export function parseJournalLine(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry
  } catch {
    return undefined
  }
}
