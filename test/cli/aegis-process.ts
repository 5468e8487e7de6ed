// Owns the real command line as a child process: what it is given, what it writes and how it ends.
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConfigInput } from '../../src/config/schema.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Compiled code of earlier starts: every command here is a new process, and half of its time would be compiling. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))

/** Longer than any command takes on any machine, so that a hanging one fails its test and is ended. */
const PATIENCE_MS = 120_000

/** A gateway lives as long as its workplace, which many commands share. */
const GATEWAY_LIFE_MS = 20 * 60_000

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** What standard input holds; empty unless told. It is never a terminal. */
  readonly stdin?: string
}

/** A working directory of its own, in which commands run. No variable of this machine and no Ollama plays a part. */
export class Workplace implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'aegis-cli-'))
  readonly #children = new Set<ChildProcessWithoutNullStreams>()

  file(name: string): string {
    return join(this.path, name)
  }

  /** Writes a file; an object as JSON, which is YAML too. */
  write(name: string, content: string | ConfigInput | object): string {
    writeFileSync(this.file(name), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
    return this.file(name)
  }

  /** Runs a command to its end. */
  async run(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.start(words, options).ended
  }

  /** Starts a command that is watched or stopped while it runs. */
  start(words: readonly string[], { env = {}, stdin = '' }: RunOptions = {}): RunningCommand {
    const child = spawn(process.execPath, [main, ...words], {
      cwd: this.path,
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: compileCache,
        HOME: this.path,
        TMPDIR: this.path,
        OLLAMA_HOST: '127.0.0.1:1',
        ...env,
      },
      timeout: words[0] === 'serve' ? GATEWAY_LIFE_MS : PATIENCE_MS,
      killSignal: 'SIGKILL',
    })
    this.#children.add(child)
    child.once('close', () => this.#children.delete(child))
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
    return new RunningCommand(child)
  }

  /** Starts `aegis serve` and resolves when it listens. */
  async serve(words: readonly string[], options: RunOptions = {}): Promise<RunningGateway> {
    const command = this.start(['serve', '--port', '0', ...words], options)
    const [, url = ''] = await command.shown(/ on (http:\/\/\S+)/)
    return { url, command }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = [...this.#children].map((child) => once(child, 'close'))
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all(ended)
    rmSync(this.path, { recursive: true, force: true })
  }
}

export interface RunningGateway {
  readonly url: string
  readonly command: RunningCommand
}

export class RunningCommand {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcessWithoutNullStreams
  #stdout = ''
  #stderr = ''

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    this.ended = once(child, 'close').then(([code]) => ({ code, stdout: this.#stdout, stderr: this.#stderr }))
  }

  /** Resolves when standard output holds the pattern; fails when the command ends before. */
  async shown(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout)
      if (match) return match
      const over = await Promise.race([once(this.#child.stdout, 'data').then(() => false), this.ended.then(() => true)])
      if (over && !pattern.test(this.#stdout)) assert.fail(`ended without ${pattern}: ${this.#stdout}${this.#stderr}`)
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}

/** Standard output as JSON; nothing else may be there. */
export function jsonOf<Value>({ stdout, stderr }: Ended): Value {
  try {
    return JSON.parse(stdout) as Value
  } catch {
    return assert.fail(`standard output is not JSON: ${stdout}\n${stderr}`)
  }
}

/** A result without a word of a stack or a colour. */
export function assertClean({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    assert.equal(text.includes('\u001b'), false, 'no escape sequence may go into a pipe')
    assert.doesNotMatch(text, /^\s+at .+:\d+/m)
  }
}
