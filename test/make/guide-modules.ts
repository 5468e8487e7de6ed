// Owns TypeScript of the guides as a user has it: files in a folder whose `aegis-llm` is this checkout, checked and run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const checkout = new URL('../../scripts/examples/use-checkout.ts', import.meta.url).href
const PATIENCE_MS = 120_000

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly output: string
}

export class GuideModules implements Disposable {
  readonly folder = mkdtempSync(join(realpathSync(tmpdir()), 'aegis-guide-'))

  constructor() {
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'))
    this.write('package.json', '{ "type": "module" }')
    const compilerOptions = { noUnusedLocals: false }
    this.write(
      'tsconfig.json',
      JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'], exclude: [] }),
    )
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  /** Whether all of them are right; `output` says what is not. */
  checkTypes(): Promise<Ended> {
    return this.#spawn(join(root, 'node_modules', '.bin', 'tsc'), ['-p', this.folder])
  }

  /** Runs one to its end. No variable of this machine plays a part. */
  run(name: string): Promise<Ended> {
    return this.#spawn(process.execPath, ['--import', checkout, name])
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #spawn(program: string, words: readonly string[]): Promise<Ended> {
    const { PATH = '' } = process.env
    const env = { PATH, HOME: this.folder, TMPDIR: this.folder }
    const child = spawn(program, words, { cwd: this.folder, env, timeout: PATIENCE_MS, killSignal: 'SIGKILL' })
    const written = { stdout: '', output: '' }
    child.stdout.on('data', (piece: Buffer) => {
      written.stdout += piece
      written.output += piece
    })
    child.stderr.on('data', (piece: Buffer) => {
      written.output += piece
    })
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, ...written }
  }
}
