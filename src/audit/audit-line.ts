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

/** @returns the line, without its end, and what the next one goes on from. */
export function auditLine(event: AuditEvent, atMs: number, before: ChainEnd): ChainEnd & { readonly text: string } {
  return chainedLine(auditBody(event, atMs), before)
}

/** The part of a line that does not depend on the line before it. */
export function auditBody({ type, data }: AuditEvent, atMs: number): string {
  return JSON.stringify({ type, at: new Date(atMs).toISOString(), ...data }).slice(1, -1)
}

/** @param body of `auditBody`. */
export function chainedLine(body: string, before: ChainEnd): ChainEnd & { readonly text: string } {
  const seq = before.seq + 1
  const open = `{"seq":${seq},${body},"prev":"${before.hash}"`
  const hash = hashOf(open)
  return { seq, hash, text: `${open},"hash":"${hash}"}` }
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
