// Owns the runs of `aegis audit verify` and `aegis audit head`.
import { headsIn, headText, readHeadText } from '../../audit/audit-files.ts'
import { type AuditVerdict, verifyAudit } from '../../audit/verify-audit.ts'
import { CommandError } from '../command-error.ts'
import { say, sayJson, styled } from '../terminal.ts'
import { type AuditPlaceFlags, auditFolder } from './audit-place.ts'

export interface AuditVerifyFlags extends AuditPlaceFlags {
  readonly head?: string
  readonly json?: boolean
}

export interface AuditHeadFlags extends AuditPlaceFlags {
  readonly json?: boolean
}

export async function runAuditVerify(flags: AuditVerifyFlags): Promise<void> {
  const expected = flags.head === undefined ? [] : readHeadText(flags.head)
  if (!expected) throw new CommandError('--head is no head: give what `aegis audit head` wrote, as it is.', 2)
  const folder = await auditFolder(flags)
  const verdict = await verifyAudit(folder, expected)
  if (flags.json) sayJson({ ok: verdict.broken.length === 0, folder, ...verdict, heads: headText(verdict.heads) })
  else show(verdict, folder)
  if (verdict.broken.length > 0) process.exitCode = 1
}

export async function runAuditHead(flags: AuditHeadFlags): Promise<void> {
  const head = headText(headsIn(await auditFolder(flags)))
  if (flags.json) sayJson({ head })
  else say(head)
}

function show({ records, chains, files, heads, broken, notes }: AuditVerdict, folder: string): void {
  say(
    `${folder}: ${records} records, ${chains} ${chains === 1 ? 'chain' : 'chains'}, ${files} ${files === 1 ? 'file' : 'files'}`,
  )
  for (const note of notes) say(`${styled('yellow', 'note')}    ${note}`)
  for (const { file, line, problem } of broken) say(`${styled('red', 'broken')}  ${file}:${line} ${problem}`)
  if (broken.length === 0) say(`${styled('green', 'whole')}   head ${headText(heads)}`)
}
