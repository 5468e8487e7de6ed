// Owns the gateway of the rollout: `aegis serve` as a process of its own, and the commands that an operator gives it.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The command line that belongs to the package that is imported here; `npx aegis` is the same. */
function commandLine(): string {
  const entry = import.meta.resolve('aegis-llm')
  return fileURLToPath(new URL(entry.endsWith('.ts') ? 'cli/main.ts' : 'cli/main.js', entry))
}

export interface GatewayProcess extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** `aegis …`, asked of this gateway; what it writes is seen where this process writes when it is `shown`. @throws Error */
  run(words: readonly string[], shown?: 'shown'): Promise<void>
}

type Environment = Readonly<Record<string, string>>

/** @param config the file; `env` is all that the gateway knows of the environment but the path. */
export async function startGatewayProcess(config: string, env: Environment): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-rag-'))
  const { PATH = '' } = process.env
  const surroundings = { cwd: folder, env: { PATH, HOME: folder, ...env } }
  const words = [commandLine(), 'serve', '--config', config, '--port', '0', '--json']
  const child = spawn(process.execPath, words, { ...surroundings, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => void child.kill('SIGKILL')
  const leave = () => process.exit(1)
  process.once('exit', kill).once('SIGTERM', leave)
  const stop = async () => {
    process.off('exit', kill).off('SIGTERM', leave)
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'close')
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const url = await listening(child)
    const run: GatewayProcess['run'] = async (said, shown) => {
      const stdio: StdioOptions = ['ignore', shown ? 'inherit' : 'ignore', 'inherit']
      const asking = { ...surroundings, env: { ...surroundings.env, AEGIS_URL: url }, stdio }
      const [code] = await once(spawn(process.execPath, [commandLine(), ...said], asking), 'close')
      if (code !== 0) throw new Error(`aegis ${said.join(' ')} ended with ${code}`)
    }
    return { url, run, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Its first line says where it is. @throws Error with what it wrote when it ends instead. */
async function listening(child: ChildProcess): Promise<string> {
  if (!child.stdout || !child.stderr) throw new Error('the gateway has no output')
  let wrong = ''
  child.stderr.on('data', (piece: Buffer) => {
    wrong = (wrong + piece.toString()).slice(-4_000)
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'close').then(() => [])])) as [string?]
  if (line === undefined) throw new Error(`The gateway did not start:\n${wrong}`)
  // What it writes later is read and left, so that it never waits for a reader.
  lines.on('line', () => {})
  return (JSON.parse(line) as { readonly url: string }).url
}
