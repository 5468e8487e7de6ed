// Owns the reading of the newest records of an audit folder.
import { segmentsIn } from '../../audit/audit-files.ts'
import { type AuditLine, readAuditLine } from '../../audit/audit-line.ts'
import { linesOf } from '../../audit/verify-audit.ts'

export interface WantedLines {
  readonly type?: string
  /** Decisions on restricted data only. */
  readonly restricted?: boolean
  readonly request?: string
  readonly limit: number
}

/** Of all chains together, by time. */
export async function newestLines(
  folder: string,
  flags: WantedLines,
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

function isWanted({ type, data }: AuditLine, flags: WantedLines): boolean {
  if (flags.type !== undefined && type !== flags.type) return false
  if (flags.restricted && !(type === 'decision' && data.restricted === true)) return false
  return flags.request === undefined || data.request_id === flags.request
}
