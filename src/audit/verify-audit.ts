// Owns the verification of the audit record: any change, removal, reordering or shortening, and where it begins.
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { type ChainHead, readHeadText, segmentsIn } from './audit-files.ts'
import { type AuditLine, type ChainEnd, hashOf, NO_HASH, readAuditLine } from './audit-line.ts'

/** Where a record is broken, and how. */
export interface BrokenLink {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly problem: string
}

export interface AuditVerdict {
  readonly records: number
  readonly chains: number
  readonly files: number
  /** The newest line of each chain. */
  readonly heads: readonly ChainHead[]
  /** The first of each chain, and what a head says that is not so. Empty when all is well. */
  readonly broken: readonly BrokenLink[]
  /** What is no break: a last line that a death cut off. */
  readonly notes: readonly string[]
}

/** @param expected a head that was kept elsewhere. */
export async function verifyAudit(folder: string, expected: readonly ChainHead[] = []): Promise<AuditVerdict> {
  const segments = segmentsIn(folder)
  const chains = new Map<number, ChainCheck>()
  /** Of heads that somebody has seen, by chain and place: who says so. */
  const claims: (ChainHead & { readonly by: BrokenLink })[] = expected.map((head) => ({
    ...head,
    by: { file: `chain-${head.chain}`, line: head.seq, problem: '' },
  }))
  for (const { chain, number, path } of segments) {
    const check = chains.get(chain) ?? new ChainCheck()
    chains.set(chain, check)
    await check.segment(path, number, (head, by) => claims.push({ ...head, by }))
  }
  const broken = [...chains.values()].flatMap(({ broken: link }) => (link ? [link] : []))
  const wanted = new Map<number, Map<number, string | undefined>>()
  for (const { chain, seq } of claims) {
    const places = wanted.get(chain) ?? new Map<number, string | undefined>()
    wanted.set(chain, places.set(seq, undefined))
  }
  for (const [chain, places] of wanted)
    await findHashes(
      segments.filter((one) => one.chain === chain),
      places,
    )
  for (const { chain, seq, hash, by } of claims) {
    const found = wanted.get(chain)?.get(seq)
    if (found === hash) continue
    const what = found === undefined ? 'is not there: the record was cut short or removed' : 'has another hash'
    broken.push({ ...by, problem: `record ${seq} of chain ${chain}, which was seen before, ${what}` })
  }
  return {
    records: [...chains.values()].reduce((sum, { records }) => sum + records, 0),
    chains: chains.size,
    files: segments.length,
    heads: [...chains].flatMap(([chain, { end }]) => (end.seq > 0 ? [{ chain, ...end }] : [])),
    broken,
    notes: [...chains.values()].flatMap(({ notes }) => notes),
  }
}

class ChainCheck {
  end: ChainEnd = { seq: 0, hash: NO_HASH }
  records = 0
  broken: BrokenLink | undefined
  readonly notes: string[] = []
  #segment = 0

  async segment(path: string, number: number, claim: (head: ChainHead, by: BrokenLink) => void): Promise<void> {
    const file = basename(path)
    if (number !== this.#segment + 1) this.#break(file, 1, `the segment before it, number ${number - 1}, is missing`)
    this.#segment = number
    let torn: { readonly text: string; readonly line: number } | undefined
    for await (const { text, line, isEnded } of linesOf(path)) {
      if (torn) {
        if (!this.#explains(text, torn.text)) this.#break(file, torn.line, 'is no record, or was changed')
        else this.notes.push(`${file}:${torn.line} was cut off by the death of its process, and the next one says so`)
        torn = undefined
      }
      const record = readAuditLine(text)
      if (!record) {
        if (isEnded) torn = { text, line }
        else this.notes.push(`${file}:${line} is cut off: its process died, or writes it right now`)
        continue
      }
      this.records += 1
      this.#check(record, file, line)
      if (record.type === 'opened' && typeof record.data.heads === 'string' && record.data.heads !== '')
        for (const head of readHeadText(record.data.heads) ?? []) claim(head, { file, line, problem: '' })
      this.end = { seq: record.seq, hash: record.hash }
    }
    if (torn) this.#break(file, torn.line, 'is no record, or was changed')
  }

  #check({ seq, prev }: AuditLine, file: string, line: number): void {
    if (prev !== this.end.hash) this.#break(file, line, 'does not follow the record before it')
    else if (seq !== this.end.seq + 1) this.#break(file, line, `is number ${seq} after number ${this.end.seq}`)
  }

  #explains(text: string, torn: string): boolean {
    const record = readAuditLine(text)
    return record?.type === 'torn' && record.data.sha256 === hashOf(torn)
  }

  #break(file: string, line: number, problem: string): void {
    this.broken ??= { file, line, problem }
  }
}

async function findHashes(
  segments: readonly { readonly path: string }[],
  places: Map<number, string | undefined>,
): Promise<void> {
  for (const { path } of segments) {
    for await (const { text } of linesOf(path)) {
      const seq = Number(/^\{"seq":(\d{1,15}),/.exec(text)?.[1])
      if (places.has(seq)) places.set(seq, readAuditLine(text)?.hash)
    }
  }
}

interface FileLine {
  readonly text: string
  readonly line: number
  readonly isEnded: boolean
}

/** Lines end with a line feed and nothing else: a carriage return would be a change. */
export async function* linesOf(path: string): AsyncGenerator<FileLine> {
  let rest = ''
  let line = 0
  for await (const piece of createReadStream(path, 'latin1') as AsyncIterable<string>) {
    const parts = (rest + piece).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      line += 1
      yield { text: utf8(part), line, isEnded: true }
    }
  }
  if (rest !== '') yield { text: utf8(rest), line: line + 1, isEnded: false }
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}
