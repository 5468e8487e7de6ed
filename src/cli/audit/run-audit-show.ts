// Owns the run of `aegis audit show`: recorded decisions and violations, as lines.
import { segmentsIn } from '../../audit/audit-files.ts'
import { type AuditLine, readAuditLine } from '../../audit/audit-line.ts'
import { linesOf } from '../../audit/verify-audit.ts'
import { type Column, sayTable } from '../table.ts'
import { printable, say, tell } from '../terminal.ts'
import { type AuditPlaceFlags, auditFolder } from './audit-place.ts'

export interface AuditShowFlags extends AuditPlaceFlags {
  readonly type?: string
  readonly restricted?: boolean
  readonly request?: string
  readonly limit: number
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

/** Of all chains together, by time. */
async function newestLines(
  folder: string,
  flags: AuditShowFlags,
): Promise<{ readonly lines: readonly AuditLine[]; readonly unreadable: number }> {
  let kept: AuditLine[] = []
  let unreadable = 0
  const trim = () => {
    kept = kept.toSorted((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : left.seq - right.seq))
    kept = kept.slice(-flags.limit)
  }
  for (const { path } of segmentsIn(folder)) {
    for await (const { text } of linesOf(path)) {
      const line = readAuditLine(text)
      if (!line) unreadable += 1
      else if (isWanted(line, flags)) kept.push(line)
      if (kept.length > flags.limit * 2 + 1000) trim()
    }
  }
  trim()
  return { lines: kept, unreadable }
}

function isWanted({ type, data }: AuditLine, flags: AuditShowFlags): boolean {
  if (flags.type !== undefined && type !== flags.type) return false
  if (flags.restricted && !(type === 'decision' && data.restricted === true)) return false
  return flags.request === undefined || data.request_id === flags.request
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
