/** Owns every process the benchmark starts: none may outlive it, whichever way it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const STOP_GRACE_MS = 3_000

export interface ChildCommand {
  /** Names the log file and appears in errors. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export interface Child {
  readonly name: string
  readonly pid: number
  readonly exited: Promise<void>
  hasExited(): boolean
  /** The end of what it wrote to stdout and stderr. */
  output(): string
  /** SIGTERM, then SIGKILL after three seconds. Resolves when it is gone. */
  stop(): Promise<void>
}

/**
 * Starts children in process groups of their own, so that a whole tree (workers, nginx) ends together. Output goes to
 * a file rather than a pipe: reading a pipe would cost this process time while it measures.
 */
export class Children {
  readonly #running = new Set<ChildProcess>()
  readonly #logDirectory: string
  readonly #environment: Readonly<Record<string, string>>
  #count = 0

  constructor(logDirectory: string, environment: Readonly<Record<string, string>>) {
    this.#logDirectory = logDirectory
    this.#environment = environment
  }

  /** @throws when the command cannot be started at all. */
  start(wanted: ChildCommand): Child {
    this.#count += 1
    const logFile = join(this.#logDirectory, `${this.#count}-${wanted.name}.log`)
    const log = openSync(logFile, 'w')
    const child = spawn(wanted.command, wanted.args, {
      stdio: ['ignore', log, log],
      detached: true,
      env: { ...this.#environment, ...wanted.environment },
    })
    closeSync(log)
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.once('error', () => resolve())
    })
    if (child.pid === undefined) throw new Error(`cannot start ${wanted.name} (${wanted.command})`)
    this.#running.add(child)
    void exited.then(() => {
      signalGroup(child, 'SIGKILL')
      this.#running.delete(child)
    })
    return {
      name: wanted.name,
      pid: child.pid,
      exited,
      hasExited: () => !this.#running.has(child),
      output: () => readFileSync(logFile, 'utf8').slice(-4_000),
      stop: () => stop(child, exited),
    }
  }

  /** Ends all of them and resolves when all are gone. */
  async close(): Promise<void> {
    const gone = [...this.#running].map((child) => stop(child, new Promise((resolve) => child.once('exit', resolve))))
    await Promise.all(gone)
  }

  /** The synchronous last resort of an `exit` handler. */
  killNow(): void {
    for (const child of this.#running) signalGroup(child, 'SIGKILL')
  }
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  signalGroup(child, 'SIGTERM')
  const killer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_GRACE_MS)
  await exited
  clearTimeout(killer)
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // ESRCH: the group is gone already, which is what was wanted.
  }
}
