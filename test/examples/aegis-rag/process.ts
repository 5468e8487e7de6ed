// Owns a run of the example as a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../', import.meta.url))
export const checkout = new URL('../../../scripts/examples/use-checkout.ts', import.meta.url).href

export interface Run {
  readonly code: number | null
  readonly output: string
}

/** Only `env` and the path: no variable of this machine plays a part. */
export async function run(args: readonly string[], env: Readonly<Record<string, string>>, cwd = root): Promise<Run> {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, args, { cwd, env: { PATH, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      output += piece.toString()
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}
