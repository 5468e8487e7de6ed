// Owns a real PostgreSQL for the tests of one file: `await using postgres = await PostgresServer.start()`.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { KeeperAnswer, KeeperOrder } from './postgres-keeper.ts'

let databases = 0

/**
 * A server on a free port of 127.0.0.1, with a new and empty data folder. It takes about two seconds to start.
 * @example
 * const postgres = await PostgresServer.start()
 * after(() => postgres.end())
 * const store = new PostgresStore({ connectionString: await postgres.newDatabase() })
 */
export class PostgresServer {
  readonly #keeper: ChildProcess
  #connectionString = ''
  #pid: number | undefined
  #paused: readonly number[] = []

  private constructor() {
    this.#keeper = fork(fileURLToPath(new URL('postgres-keeper.ts', import.meta.url)), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    })
  }

  static async start(): Promise<PostgresServer> {
    const server = new PostgresServer()
    await server.#order('start')
    return server
  }

  /** Of its superuser, for the database `postgres`. */
  get connectionString(): string {
    return this.#connectionString
  }

  /** Answers the connection string of a new and empty database. */
  async newDatabase(options = ''): Promise<string> {
    databases += 1
    const name = `test_${process.pid}_${databases}`
    await this.ask(`CREATE DATABASE ${name} ${options}`)
    const url = new URL(this.#connectionString)
    url.pathname = name
    return url.href
  }

  /** Runs one statement on a connection of its own. */
  async ask<Row extends object>(sql: string, connectionString = this.#connectionString): Promise<Row[]> {
    const client = new pg.Client({ connectionString })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(sql)).rows
    } finally {
      await client.end()
    }
  }

  /** As an administrator does it: clients are disconnected, everything is written down. */
  stop(): Promise<void> {
    return this.#order('stop')
  }

  /** With -9: what was not written down is recovered at the next start. */
  kill(): Promise<void> {
    return this.#order('kill')
  }

  startAgain(): Promise<void> {
    return this.#order('start')
  }

  /** Nobody answers, and no connection is closed: as a machine that swaps, or a network that loses everything. */
  async pause(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#connectionString })
    client.on('error', () => {})
    await client.connect()
    // First the one that starts workers, so that the list of them is complete.
    this.#paused = [this.#pid ?? 0]
    signal(this.#pid ?? 0, 'SIGSTOP')
    const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity')
    this.#paused = [...this.#paused, ...rows.map(({ pid }) => pid)]
    for (const pid of this.#paused) signal(pid, 'SIGSTOP')
    // Its worker is paused as well and hears of it later.
    void client.end()
  }

  resume(): void {
    for (const pid of this.#paused) signal(pid, 'SIGCONT')
    this.#paused = []
  }

  /** Stops it and removes its files. Also happens by itself when this process ends, in whatever way. */
  async end(): Promise<void> {
    this.resume()
    const exited = once(this.#keeper, 'exit')
    await this.#order('end')
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  async #order(order: KeeperOrder): Promise<void> {
    this.#keeper.send(order)
    const ended = once(this.#keeper, 'exit').then(([code]): [KeeperAnswer] => [
      { failed: `the keeper of PostgreSQL ended (${code})` },
    ])
    const [answer] = await Promise.race([once(this.#keeper, 'message') as Promise<[KeeperAnswer]>, ended])
    if ('failed' in answer) throw new Error(answer.failed)
    this.#connectionString = answer.connectionString
    this.#pid = answer.pid
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // A worker that has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
