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
  /** Absent for none. */
  readonly tags?: readonly string[]
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

/** The same line as `journalLine(['reserved', entry])`, put together from parts that most attempts have in common. */
export function reservedLine(entry: ReservedEntry): string {
  const { id, amount, madeAtMs, subjects, provider, model, reason, classification, receivedAtMs, keyId, user } = entry
  const tags = entry.tags === undefined ? '' : `,"tags":${JSON.stringify(entry.tags)}`
  let each = ''
  for (const subject of subjects) each += each === '' ? subjectText(subject) : `,${subjectText(subject)}`
  return `["reserved",{"id":${idText(id)},"amount":${amount},"madeAtMs":${madeAtMs},"subjects":[${each}],"provider":${quoted(
    provider,
  )},"model":${quoted(model)},"reason":${quoted(reason)},"classification":${quoted(
    classification,
  )},"receivedAtMs":${receivedAtMs},"keyId":${quoted(keyId)},"user":${quoted(user)}${tags}}]\n`
}

/** The same line as `journalLine(['settled', id, cost])`. */
export function settledLine(id: string, cost: number): string {
  return `["settled",${idText(id)},${cost}]\n`
}

const MOST_QUOTED = 4096
const known = new Map<string, string>()
const knownSubjects = new WeakMap<ChargedSubject, { readonly fineGrains: readonly number[]; readonly text: string }>()

function quoted(text: string | null): string {
  if (text === null) return 'null'
  const found = known.get(text)
  if (found !== undefined) return found
  if (known.size >= MOST_QUOTED) known.clear()
  const json = JSON.stringify(text)
  known.set(text, json)
  return json
}

function idText(id: string): string {
  return /^[\w:.-]+$/.test(id) ? `"${id}"` : JSON.stringify(id)
}

function subjectText(subject: ChargedSubject): string {
  const { scope, name, fineGrains } = subject
  const found = knownSubjects.get(subject)
  if (found?.fineGrains === fineGrains) return found.text
  const text = JSON.stringify({ scope, name, fineGrains })
  knownSubjects.set(subject, { fineGrains, text })
  return text
}

/** Undefined for a line that was not written to its end. */
export function parseJournalLine(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry
  } catch {
    return undefined
  }
}
