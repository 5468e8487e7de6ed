// Owns the files of the audit record: chains of numbered segments in one folder, and what stands at the end of each.
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditLine, readAuditLine } from './audit-line.ts'

/** `chain-2.000017.jsonl`: the 17th segment of the second chain. */
const SEGMENT = /^chain-(\d{1,6})\.(\d{6})\.jsonl$/

export interface Segment {
  readonly chain: number
  readonly number: number
  readonly path: string
}

/** The newest line of a chain. */
export interface ChainHead {
  readonly chain: number
  readonly seq: number
  readonly hash: string
}

export function segmentPath(folder: string, chain: number, number: number): string {
  return join(folder, `chain-${chain}.${String(number).padStart(6, '0')}.jsonl`)
}

/** Whose lock says that a process writes the chain. It is never removed: the next process takes the same one. */
export function lockPath(folder: string, chain: number): string {
  return join(folder, `chain-${chain}.lock`)
}

/** In the order of chains and segments; empty when there is no such folder. */
export function segmentsIn(folder: string): readonly Segment[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((name) => {
      const [, chain, number] = SEGMENT.exec(name) ?? []
      return number === undefined ? [] : [{ chain: Number(chain), number: Number(number), path: join(folder, name) }]
    })
    .toSorted((left, right) => left.chain - right.chain || left.number - right.number)
}

/** The end of a segment: its last whole line, and the bytes after it that are none. */
export interface SegmentEnd {
  readonly line: AuditLine | undefined
  readonly bytes: number
  /** What follows the last line that was ended. */
  readonly torn: Buffer
}

const TAIL_BYTES = 1024 * 1024

/** Lines are far shorter than what is read. */
export function endOf(path: string): SegmentEnd {
  const file = openSync(path, 'r')
  try {
    const bytes = fstatSync(file).size
    const tail = Buffer.alloc(Math.min(bytes, TAIL_BYTES))
    readSync(file, tail, 0, tail.length, bytes - tail.length)
    const end = tail.lastIndexOf(0x0a)
    const begin = end < 0 ? -1 : tail.lastIndexOf(0x0a, end - 1)
    const line = end < 0 ? undefined : readAuditLine(tail.toString('utf8', begin + 1, end))
    return { line, bytes, torn: tail.subarray(end + 1) }
  } finally {
    closeSync(file)
  }
}

/** The newest line of each chain of a folder. A chain whose end cannot be read is left out: verification tells. */
export function headsIn(folder: string): readonly ChainHead[] {
  const newest = new Map<number, ChainHead>()
  for (const { chain, path } of segmentsIn(folder)) {
    const { line } = endOf(path)
    if (line) newest.set(chain, { chain, seq: line.seq, hash: line.hash })
  }
  return [...newest.values()]
}

/** `1:4711:9f2c…,2:17:03ab…`: what is kept elsewhere, so that a record that was cut short later is noticed. */
export function headText(heads: readonly ChainHead[]): string {
  return heads.map(({ chain, seq, hash }) => `${chain}:${seq}:${hash}`).join(',')
}

/** @returns undefined for what is no head. */
export function readHeadText(text: string): readonly ChainHead[] | undefined {
  const parts = text.trim().split(',')
  const heads = parts.flatMap((part) => {
    const [, chain, seq, hash] = /^(\d{1,6}):(\d{1,15}):([0-9a-f]{64})$/.exec(part.trim()) ?? []
    return hash === undefined ? [] : [{ chain: Number(chain), seq: Number(seq), hash }]
  })
  return heads.length === parts.length ? heads : undefined
}
