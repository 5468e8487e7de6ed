// Owns the recovery of what dead processes left behind, by whoever comes next: no person is needed.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { nanoUsd } from '../domain/money.ts'
import { FileLock } from '../locks/file-lock.ts'
import { spendOf } from './charge.ts'
import { JOURNAL_SUFFIX, LOCK_SUFFIX } from './journal/journal.ts'
import { type LeftBehind, readJournal } from './journal/read-journal.ts'
import type { OnLedgerFault } from './ledger-fault.ts'
import type { LedgerStore } from './store.ts'

/**
 * Writes what the journals of dead processes hold to the store, gives their leases back and removes the journals. A
 * process lives as long as it holds its journal's lock.
 * @param unreadable Journals that were said to be unreadable; they are not said again.
 * @throws StoreUnavailable; what was recovered by then stays recovered.
 */
export async function recoverJournals(
  directory: string,
  store: LedgerStore,
  nowMs: number,
  onFault: OnLedgerFault,
  unreadable = new Set<string>(),
): Promise<void> {
  const sayOnce: OnLedgerFault = (fault) => {
    if (fault.kind === 'journal_unreadable') {
      if (unreadable.has(fault.journal)) return
      unreadable.add(fault.journal)
    }
    onFault(fault)
  }
  for (const file of journalsIn(directory)) {
    const owner = file.slice(0, -JOURNAL_SUFFIX.length)
    const lock = FileLock.take(join(directory, `${owner}${LOCK_SUFFIX}`))
    if (lock === undefined) continue
    try {
      await recover(join(directory, file), owner, store, nowMs, sayOnce)
    } finally {
      lock.retire()
    }
  }
}

function journalsIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((file) => file.endsWith(JOURNAL_SUFFIX))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function recover(
  path: string,
  owner: string,
  store: LedgerStore,
  nowMs: number,
  onFault: OnLedgerFault,
): Promise<void> {
  for (;;) {
    const known = (await store.owners()).find(({ id }) => id === owner)
    const lastBatch = known?.lastBatch ?? 0
    let left: LeftBehind
    try {
      left = readJournal(path, lastBatch)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      onFault({ kind: 'journal_unreadable', journal: path, message: error instanceof Error ? error.message : '' })
      return
    }
    const batch = { number: lastBatch + 1, leases: [], spend: spendOf(left.charges), usage: left.usage }
    const outcome = await store.retire(owner, batch, nowMs)
    if (outcome === 'unknown_owner') {
      await store.announce({ id: owner, host: '', pid: 0 }, nowMs)
      continue
    }
    // A batch that was on its way when the process died has come through meanwhile: see what is left then.
    if (outcome === 'repeated' && (await isAlive(store, owner))) continue
    rmSync(path, { force: true })
    if (outcome === 'written' && left.unsettled.length > 0) {
      const amount = nanoUsd(left.unsettled.reduce((sum, reserved) => sum + reserved.amount, 0))
      onFault({ kind: 'unsettled_charged', owner, reservations: left.unsettled.length, amount })
    }
    return
  }
}

async function isAlive(store: LedgerStore, owner: string): Promise<boolean> {
  return (await store.owners()).some(({ id }) => id === owner)
}
