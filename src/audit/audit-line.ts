// Owns one line of the audit record: how it is written, hashed over the line before it, and read back.
import { hash as hashAtOnce } from 'node:crypto'

/** What stands before the first line of a chain. */
export const NO_HASH = '0'.repeat(64)

/** What happened; `data` has no content of any request. */
export interface AuditEvent {
  readonly type: AuditEventType
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * `opened`: a process begins to write; `decision`; `violation`; `reopened`: a provider may have restricted data again;
 * `exception`: one is in force; `rollout`: a step of a candidate policy; `torn`: the line before it was cut off by the death of
 * a process or of the machine; `lost`: records that could not be written.
 */
export const auditEventTypes = [
  'opened',
  'decision',
  'violation',
  'reopened',
  'exception',
  'rollout',
  'torn',
  'lost',
] as const
export type AuditEventType = (typeof auditEventTypes)[number]

/** A line that was read. */
export interface AuditLine {
  readonly seq: number
  readonly type: AuditEventType
  readonly at: string
  readonly prev: string
  readonly hash: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface ChainEnd {
  readonly seq: number
  readonly hash: string
}

const OWN_MEMBERS = ['seq', 'type', 'at', 'prev', 'hash'] as const
/** `,"hash":"` and 64 digits and `"}` */
const TAIL = /,"hash":"([0-9a-f]{64})"\}$/
const TAIL_LENGTH = 64 + 11

/** The part of a line that does not depend on the line before it. */
export function auditBody({ type, data }: AuditEvent, atMs: number): string {
  return JSON.stringify({ type, at: new Date(atMs).toISOString(), ...data }).slice(1, -1)
}

/** What a line has beside its body, in bytes, at the most. */
export const FRAME_BYTES = 200

/**
 * Writes a line and its end.
 * @param body of `auditBody`, as UTF-8. @param into has room for it and `FRAME_BYTES`.
 * @returns what the next line goes on from, and where it begins.
 */
export function writeLine(
  body: Buffer,
  before: ChainEnd,
  into: Buffer,
  at: number,
): ChainEnd & { readonly at: number } {
  const seq = before.seq + 1
  let end = at + into.write(`{"seq":${seq},`, at, 'latin1')
  end += body.copy(into, end)
  end += into.write(`,"prev":"${before.hash}"`, end, 'latin1')
  const hash = hashOf(into.subarray(at, end))
  end += into.write(`,"hash":"${hash}"}\n`, end, 'latin1')
  return { seq, hash, at: end }
}

/** @returns undefined for what is no line of ours, or was changed in any byte. */
export function readAuditLine(text: string): AuditLine | undefined {
  const hash = TAIL.exec(text)?.[1]
  if (hash === undefined || hashOf(text.slice(0, -TAIL_LENGTH)) !== hash) return undefined
  try {
    const value = JSON.parse(text) as Record<string, unknown>
    const { seq, type, at, prev } = value
    const data = Object.fromEntries(Object.entries(value).filter(([name]) => !isOwn(name)))
    return { seq: Number(seq), type: type as AuditEventType, at: String(at), prev: String(prev), hash, data }
  } catch {
    return undefined
  }
}

export function hashOf(text: string | Buffer): string {
  return hashAtOnce('sha256', text, 'hex')
}

function isOwn(name: string): boolean {
  return (OWN_MEMBERS as readonly string[]).includes(name)
}
