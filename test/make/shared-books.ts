// Owns several ledgers on one SQLite file, as several processes have them, and their sudden deaths.
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Budget } from '../../src/domain/budget.ts'
import type { Clock } from '../../src/domain/clock.ts'
import { nanoUsd } from '../../src/domain/money.ts'
import { FaultyStore } from '../../src/ledger/contract/faulty-store.ts'
import { clearedAttempt } from '../../src/ledger/contract/ledger-world.ts'
import { LeasedLedger } from '../../src/ledger/leased-ledger.ts'
import type { ReserveResult } from '../../src/ledger/ledger.ts'
import type { LedgerFault } from '../../src/ledger/ledger-fault.ts'
import { SqliteStore } from '../../src/ledger/sqlite/sqlite-store.ts'

const realClock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }

export interface BooksOptions {
  readonly budgets: readonly Budget[]
  readonly clock?: Clock
  readonly fsync?: boolean
  /** How long a store waits for another one's lock. */
  readonly busyTimeoutMs?: number
}

/** A ledger, what it told, and the store that can fail below it. */
export interface Member {
  readonly ledger: LeasedLedger
  readonly faulty: FaultyStore
  readonly faults: LedgerFault[]
  readonly journal: string
  /** What its journal held when it was killed. */
  lastWords?: string
}

/** The file and all ledgers on it. They are closed, and the file removed, when it goes out of scope. */
export class SharedBooks {
  readonly folder = mkdtempSync(join(tmpdir(), 'aegis-books-'))
  readonly path = join(this.folder, 'aegis.db')
  readonly journals = `${this.path}-leases`
  readonly members = new Set<Member>()
  readonly #options: BooksOptions
  #requests = 0

  constructor(options: BooksOptions) {
    this.#options = options
  }

  store(): SqliteStore {
    const { busyTimeoutMs } = this.#options
    return new SqliteStore({ path: this.path, ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }) })
  }

  async open(changes: Partial<BooksOptions> = {}): Promise<Member> {
    const { budgets, clock = realClock, fsync = false } = { ...this.#options, ...changes }
    const faulty = new FaultyStore(this.store())
    const faults: LedgerFault[] = []
    const owner = { id: randomUUID(), host: 'test', pid: process.pid }
    const ledger = await LeasedLedger.open({
      ...{ store: faulty.store, clock, budgets, owner },
      journal: { directory: this.journals, fsync },
      onFault: (fault) => void faults.push(fault),
    })
    const member: Member = { ledger, faulty, faults, journal: join(this.journals, `${owner.id}.journal`) }
    this.members.add(member)
    return member
  }

  async reserve({ ledger }: Pick<Member, 'ledger'>, amount: number, provider = 'openai'): Promise<ReserveResult> {
    this.#requests += 1
    const attempt = clearedAttempt(`req_${this.#requests}`, provider)
    return ledger.reserve(attempt, { amount: nanoUsd(amount), outputTokenCap: 64 }, { attemptIndex: 0 })
  }

  /** As kill -9: nothing more reaches the store or the journal, and the lock is gone. */
  async kill(member: Member): Promise<void> {
    this.members.delete(member)
    const asItWas = readFileSync(member.journal, 'utf8')
    member.lastWords = asItWas
    member.faulty.mode = 'away'
    await member.ledger.close()
    writeFileSync(member.journal, asItWas)
  }

  async close(member: Member): Promise<void> {
    await member.ledger.close()
    this.members.delete(member)
  }

  /** What the tables say, read beside all ledgers. */
  read(sql: string): Record<string, unknown>[] {
    const database = new DatabaseSync(this.path, { readOnly: true })
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
    }
  }

  /** Leases that count, of all subjects. */
  get leased(): number {
    return Number(this.read('SELECT ifnull(sum(amount), 0) AS leased FROM lease')[0]?.leased)
  }

  get journalFiles(): readonly string[] {
    return existsSync(this.journals) ? readdirSync(this.journals).filter((file) => file.endsWith('.journal')) : []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) {
      member.faulty.mode = 'works'
      member.faulty.delayMs = 0
      await member.ledger.close()
    }
    rmSync(this.folder, { recursive: true })
  }
}
