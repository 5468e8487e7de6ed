// Owns the connections to the ledger's database: few of them, every call with a deadline, transactions that are repeated
// when others were in their way.
import { setTimeout as delay } from 'node:timers/promises'
import { StoreUnavailable } from '../store.ts'
import { type Driver, type Pool, readersOf } from './driver.ts'
import { LedgerDatabaseError } from './ledger-database-error.ts'
import { DriverFault, driverFault, isConflict, storeError } from './postgres-error.ts'
import { Session, type Transaction } from './session.ts'

export interface ConnectionOptions {
  /** `postgres://user:password@host:5432/database?sslmode=verify-full`. Never shown. */
  readonly connectionString: string
  /** The only schema that is touched. */
  readonly schema: string
  /** In this process, at least 2. One in four, and at least one, reads usage; the others are for money. */
  readonly maxConnections: number
  /** Within so long every call is done or rejected. */
  readonly timeoutMs: number
  readonly connectTimeoutMs: number
  /** What the server lists in `pg_stat_activity`. */
  readonly applicationName: string
}

/** Which connections a transaction uses: a long reading of usage must keep no grant of money waiting. */
export type Lane = 'money' | 'usage'

/** How a port of the store asks its tables. */
export interface Transactions {
  /** Sees one state of the database. */
  readonly read: <Result>(lane: Lane, work: (transaction: Transaction) => Promise<Result>) => Promise<Result>
  /** All or nothing. `work` may run several times: a conflict with others takes everything back and starts anew. */
  readonly write: <Result>(work: (transaction: Transaction) => Promise<Result>) => Promise<Result>
}

const LONGEST_PAUSE_MS = 50

/**
 * @example
 * const connections = new Connections(await loadDriver(), options)
 * await connections.write((transaction) => transaction.run('DELETE FROM budget WHERE id = $1', [id]))
 */
export class Connections implements Transactions {
  readonly #driver: Driver
  readonly #options: ConnectionOptions
  readonly #pools: Readonly<Record<Lane, Pool>>
  #closed = false

  constructor(driver: Driver, options: ConnectionOptions) {
    this.#driver = driver
    this.#options = options
    readAddress(driver, options.connectionString)
    const usage = Math.max(1, Math.floor(options.maxConnections / 4))
    this.#pools = { money: this.#pool(Math.max(1, options.maxConnections - usage)), usage: this.#pool(usage) }
  }

  #pool(max: number): Pool {
    const { connectionString, connectTimeoutMs, applicationName } = this.#options
    const pool = new this.#driver.Pool({
      connectionString,
      max,
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: applicationName,
      keepAlive: true,
      types: readersOf(this.#driver),
      allowExitOnIdle: true,
    })
    // Without listeners an idle connection that breaks would end the process; who needs one next gets another.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    return pool
  }

  write<Result>(work: (transaction: Transaction) => Promise<Result>, timeoutMs?: number): Promise<Result> {
    return this.#transaction('money', 'ISOLATION LEVEL READ COMMITTED', work, timeoutMs)
  }

  read<Result>(lane: Lane, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#transaction(lane, 'ISOLATION LEVEL REPEATABLE READ READ ONLY', work)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.all([this.#pools.money.end(), this.#pools.usage.end()])
  }

  async #transaction<Result>(
    lane: Lane,
    mode: string,
    work: (transaction: Transaction) => Promise<Result>,
    timeoutMs = this.#options.timeoutMs,
  ): Promise<Result> {
    const deadline = performance.now() + timeoutMs
    const begin = this.#begin(mode, timeoutMs)
    let refusedConnections = 0
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (this.#closed) throw new StoreUnavailable('the ledger is closed')
      try {
        return await this.#once(lane, begin, work, deadline)
      } catch (error) {
        // A connection that broke while it was idle is found out when it is used. Each can be met once.
        const idleBroke =
          error instanceof DriverFault && error.unasked && ++refusedConnections <= this.#mostConnections(lane)
        if (!(idleBroke || isConflict(error)) || performance.now() + pauseMs > deadline) throw storeError(error)
      }
      await delay(pauseMs * Math.random())
    }
  }

  #mostConnections(lane: Lane): number {
    return this.#pools[lane].options.max
  }

  /**
   * Set for the transaction and not for the connection, so that a pooler between us and the server may hand it on. The
   * last time-out is the server's: it frees the locks of a process that is gone without a word.
   */
  #begin(mode: string, timeoutMs: number): string {
    return `BEGIN ${mode}; SET LOCAL search_path TO "${this.#options.schema}"; SET LOCAL jit = off;
      SET LOCAL statement_timeout = ${timeoutMs}; SET LOCAL lock_timeout = ${timeoutMs};
      SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs}`
  }

  async #once<Result>(
    lane: Lane,
    begin: string,
    work: (transaction: Transaction) => Promise<Result>,
    deadline: number,
  ): Promise<Result> {
    const client = await this.#connect(this.#pools[lane], deadline)
    const session = new Session(client, this.#driver.DatabaseError, deadline)
    try {
      await session.begin(begin)
      const result = await work(session)
      await session.commit()
      return result
    } finally {
      await session.end()
    }
  }

  async #connect(pool: Pool, deadline: number) {
    const connecting = pool.connect()
    const timer = new AbortController()
    const tooLate = delay(Math.max(1, deadline - performance.now()), undefined, { signal: timer.signal }).catch(
      () => {},
    )
    try {
      const client = await Promise.race([connecting, tooLate])
      if (client !== undefined) return client
      connecting.then(
        (late) => late.release(),
        () => {},
      )
      throw new DriverFault('it does not answer in time')
    } catch (error) {
      throw driverFault(error, this.#driver.DatabaseError)
    } finally {
      timer.abort()
    }
  }
}

/** @throws LedgerDatabaseError instead of the driver's errors, which quote the string and its password. */
function readAddress({ Client }: Driver, connectionString: string): void {
  try {
    new Client({ connectionString })
  } catch {
    const check = 'Check its form, escape special characters of the password, and check the files that it names.'
    throw new LedgerDatabaseError('bad_address', `the address of the ledger database cannot be read. ${check}`)
  }
}
