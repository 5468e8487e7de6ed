// Owns the run of `aegis audit show`: recorded decisions and violations, as lines.
import type { AuditLine } from '../../audit/audit-line.ts'
import { type Column, sayTable } from '../table.ts'
import { printable, say, tell } from '../terminal.ts'
import { type AuditPlaceFlags, auditFolder } from './audit-place.ts'
import { newestLines, type WantedLines } from './newest-lines.ts'

export interface AuditShowFlags extends AuditPlaceFlags, WantedLines {
  readonly json?: boolean
}

export async function runAuditShow(flags: AuditShowFlags): Promise<void> {
  const folder = await auditFolder(flags)
  const { lines, unreadable } = await newestLines(folder, flags)
  if (flags.json) {
    for (const { data, ...line } of lines) say(JSON.stringify({ ...line, ...data }))
  } else if (lines.length === 0) say('Nothing of that is recorded.')
  else sayTable(columns, lines)
  if (unreadable > 0) tell(`${unreadable} lines could not be read: aegis audit verify tells why`)
}

const textOf = (value: unknown) => (typeof value === 'string' ? printable(value) : '-')

const columns: readonly Column<AuditLine>[] = [
  { title: 'at', value: ({ at }) => at },
  { title: 'type', value: ({ type }) => type, style: ({ type }) => (type === 'violation' ? 'red' : 'dim') },
  { title: 'request', value: ({ data }) => textOf(data.request_id), dispensable: 1 },
  { title: 'key', value: ({ data }) => textOf(data.key_id ?? data.key), dispensable: 2 },
  { title: 'level', value: ({ data }) => textOf(data.classification) },
  { title: 'source', value: ({ data }) => textOf(data.source ?? data.cause) },
  { title: 'found', value: ({ data }) => foundText(data.detected) },
  { title: 'provider', value: ({ data }) => textOf(data.provider) },
  { title: 'where', value: ({ data }) => textOf(data.location) },
]

function foundText(detected: unknown): string {
  if (!Array.isArray(detected)) return '-'
  return detected.map(({ type, count }: { type: string; count: number }) => `${type} ${count}`).join(', ')
}
