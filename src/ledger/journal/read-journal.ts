// Owns the reading of the journal that a dead process left: what it had settled and not yet written, and what it had not
// settled.
import { readFileSync } from 'node:fs'
import { nanoUsd } from '../../domain/money.ts'
import type { Charge } from '../charge.ts'
import type { UsageEntry } from '../usage-row.ts'
import {
  JOURNAL_VERSION,
  type JournalEntry,
  parseJournalLine,
  type ReservedEntry,
  type ReservedFor,
} from './journal-entry.ts'

export interface LeftBehind {
  readonly owner: string
  /** What is to be charged. */
  readonly charges: readonly Charge[]
  readonly usage: readonly UsageEntry[]
  /** Attempts under way when it died; they are among the charges, in full, and have usage rows of their own. */
  readonly unsettled: readonly ReservedEntry[]
}

/**
 * What the store does not have yet when `lastBatch` is the owner's last batch there. A last line that was not written to
 * its end is left out: its attempt was not sent.
 * @throws what the file system says, and an Error when the file is no journal, or is damaged before its end.
 */
export function readJournal(path: string, lastBatch: number): LeftBehind {
  const lines = readFileSync(path, 'utf8').split('\n')
  const entries: JournalEntry[] = []
  for (const line of lines) {
    const entry = parseJournalLine(line)
    if (entry === undefined) break
    entries.push(entry)
  }
  const [head] = entries
  if (head?.[0] !== 'journal') throw new Error('it does not begin as a journal does')
  if (head[1] !== JOURNAL_VERSION) throw new Error(`it is of version ${head[1]}, which this program does not know`)
  // Behind a torn line there is nothing; else what follows it may be bills, and must not be left out in silence.
  if (lines.slice(entries.length + 1).some((line) => parseJournalLine(line) !== undefined)) {
    throw new Error(`line ${entries.length + 1} is damaged`)
  }
  const reasons = new Map<number, ReservedFor>()
  const open = new Map<string, ReservedEntry>()
  const done = new Map<string, ReservedEntry>()
  const settled: { readonly id: string; readonly cost: number }[] = []
  const usage: UsageEntry[] = []
  for (const entry of entries) {
    switch (entry[0]) {
      case 'for':
        reasons.set(entry[1], entry[2])
        break
      case 'reserved':
        open.set(entry[1], reservedEntry(entry, reasons))
        break
      case 'settled': {
        const reserved = open.get(entry[1])
        if (reserved) done.set(entry[1], reserved)
        open.delete(entry[1])
        settled.push({ id: entry[1], cost: entry[2] })
        break
      }
      case 'usage':
        usage.push(entry[1])
        break
      case 'batch':
        if (entry[1] > lastBatch) break
        settled.splice(0, entry[2])
        usage.splice(0, entry[3])
        break
    }
  }
  const unsettled = [...open.values()]
  const charges = settled.flatMap(({ id, cost }) => {
    const reserved = done.get(id)
    return reserved ? [chargeOf(reserved, cost, false)] : []
  })
  return {
    owner: head[2],
    charges: [...charges, ...unsettled.map((reserved) => chargeOf(reserved, reserved.amount, true))],
    usage: [...usage, ...unsettled.map(unsettledRow)],
    unsettled,
  }
}

function reservedEntry(
  [, id, amount, madeAtMs, receivedAtMs, number]: JournalEntry & { readonly 0: 'reserved' },
  reasons: ReadonlyMap<number, ReservedFor>,
): ReservedEntry {
  const reservedFor = reasons.get(number)
  if (!reservedFor) throw new Error(`it does not say what reservation ${id} is for`)
  return { ...reservedFor, id, amount, madeAtMs, receivedAtMs }
}

function chargeOf({ subjects, madeAtMs }: ReservedEntry, cost: number, unsettled: boolean): Charge {
  return { subjects, madeAtMs, cost, unsettled }
}

/** Nobody knows what such an attempt came to, so it has a row of its own, at its worst case. */
function unsettledRow(reserved: ReservedEntry): UsageEntry {
  const { id, amount, provider, model, reason, classification, receivedAtMs, keyId, user, tags = [] } = reserved
  return {
    row: {
      requestId: id,
      receivedAtMs,
      endpoint: null,
      durationMs: 0,
      status: 'unsettled',
      httpStatus: 0,
      provider,
      model,
      reason,
      classification,
      inputTokens: null,
      outputTokens: null,
      cachedInputTokens: null,
      reasoningTokens: null,
      usageQuality: 'estimated',
      cost: nanoUsd(amount),
      keyId,
      user,
      tags,
      attempts: [`${provider}/${model}:unsettled`],
    },
    parts: [{ provider, model, requests: 1, inputTokens: 0, outputTokens: 0, cost: amount }],
  }
}
