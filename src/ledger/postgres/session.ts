// Owns one transaction on one connection, and that the connection is given back or destroyed exactly once.
import type { PoolClient } from './driver.ts'
import { DriverFault, driverFault, type ServerErrorClass } from './postgres-error.ts'

/** What the tables work with. Rows are typed by who wrote the query. */
export interface Transaction {
  rows<Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** How many rows it changed. */
  run(sql: string, values?: readonly unknown[]): Promise<number>
  /** Takes back everything so far; what the caller answers stays. Nothing may be asked afterwards. */
  undo(): Promise<void>
}

/**
 * When the deadline comes first the connection is destroyed: whatever the server still does, nobody reads it, and
 * nothing is left half done on a connection that the next caller gets.
 */
export class Session implements Transaction {
  readonly #client: PoolClient
  readonly #serverError: ServerErrorClass
  readonly #timer: NodeJS.Timeout
  #state: 'new' | 'open' | 'done' | 'lost' = 'new'
  #late = false
  #released = false

  constructor(client: PoolClient, serverError: ServerErrorClass, deadline: number) {
    this.#client = client
    this.#serverError = serverError
    this.#timer = setTimeout(
      () => {
        this.#late = true
        this.#release(true)
      },
      Math.max(1, deadline - performance.now()),
    )
  }

  async begin(sql: string): Promise<void> {
    await this.#ask(sql)
    this.#state = 'open'
  }

  async rows<Row>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#ask(sql, values)).rows as Row[]
  }

  async run(sql: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.#ask(sql, values)).rowCount ?? 0
  }

  async undo(): Promise<void> {
    await this.#ask('ROLLBACK')
    this.#state = 'done'
  }

  async commit(): Promise<void> {
    if (this.#state === 'done') return
    await this.#ask('COMMIT')
    this.#state = 'done'
  }

  /** After an error of any kind everything is taken back. */
  async end(): Promise<void> {
    if (this.#state === 'open') await this.undo().catch(() => {})
    clearTimeout(this.#timer)
    this.#release(this.#state !== 'done')
  }

  async #ask(sql: string, values?: readonly unknown[]) {
    if (this.#late) throw new DriverFault('it does not answer in time')
    try {
      return await this.#client.query(sql, values as unknown[])
    } catch (error) {
      if (this.#late) throw new DriverFault('it does not answer in time')
      const fault = driverFault(error, this.#serverError, this.#state === 'new')
      if (fault.sqlState === undefined) this.#state = 'lost'
      throw fault
    }
  }

  #release(destroy: boolean): void {
    if (this.#released) return
    this.#released = true
    this.#client.release(destroy)
  }
}
