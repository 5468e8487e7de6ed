// Owns the commands of a guide: read from its console blocks, run by a shell, and held to the shape of what it shows.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const PATIENCE_MS = 120_000

/** The names of all guides. */
export const guideNames: readonly string[] = readdirSync(new URL('../../docs/guides/', import.meta.url)).map((file) =>
  file.replace(/\.md$/, ''),
)

export interface GuideStep {
  readonly command: string
  /** What the guide shows below it; empty when it shows nothing. */
  readonly shown: readonly string[]
}

export class Guide {
  readonly text: string

  /** @param name Of a file in docs/guides, without its end. */
  constructor(name: string) {
    this.text = readFileSync(new URL(`../../docs/guides/${name}.md`, import.meta.url), 'utf8')
  }

  /** Its blocks of one language, in their order. */
  blocks(language: string): readonly string[] {
    return [...this.text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, block = '']) =>
      name === language ? [block] : [],
    )
  }

  /** Every command of its console blocks, in its order. */
  get steps(): readonly GuideStep[] {
    return this.blocks('console').flatMap((block) =>
      block
        .split(/^\$ /m)
        .slice(1)
        .map((step) => {
          const [command = '', ...shown] = step.trimEnd().split('\n')
          return { command, shown }
        }),
    )
  }

  /** Every command that stands in its text between backticks, and of its console blocks, that begins with this program. */
  commands(program: string): readonly string[] {
    const text = this.text.replaceAll(/^```.*?^```$/gms, '')
    const inText = [...text.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words.replaceAll('\n', ' '))
    return [...inText, ...this.steps.map(({ command }) => command)].filter((words) => words.startsWith(`${program} `))
  }

  /** The words behind every `npm run aegis --` of its text and blocks, without what follows a `#`. */
  get checkoutCommands(): readonly string[] {
    return [...this.text.matchAll(/npm run aegis -- ([^`#\n]+)/g)].map(([, words = '']) => words.trim())
  }

  /** The section of its settings that begins with this key. */
  settings<Section>(key: string): Section {
    for (const block of this.blocks('yaml')) {
      const settings = parse(block) as Readonly<Record<string, Section>>
      const found = settings[key]
      if (found !== undefined) return found
    }
    return assert.fail(`the guide shows no ${key}`)
  }
}

/** A shell in a folder in which `aegis` is this checkout's, and no variable of this machine plays a part. */
export class GuideShell {
  readonly #folder: string
  readonly #env: Readonly<Record<string, string>>
  readonly #directory: string

  /** @param directory where commands run, when it is another folder. */
  constructor(folder: string, env: Readonly<Record<string, string>> = {}, directory = folder) {
    this.#folder = folder
    this.#env = env
    this.#directory = directory
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'aegis'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`)
    chmodSync(join(bin, 'aegis'), 0o755)
  }

  /** Runs a command to its end, with a status of the last of its parts that failed. */
  async run(
    command: string,
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
      cwd: this.#directory,
      env: {
        PATH: `${join(this.#folder, 'bin')}:${process.env.PATH}`,
        HOME: this.#folder,
        TMPDIR: this.#folder,
        OLLAMA_HOST: '127.0.0.1:1',
        ...this.#env,
      },
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
      })
    }
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, ...output }
  }

  /** Whether the machine has this program. */
  async has(program: string): Promise<boolean> {
    return (await this.run(`command -v ${program}`)).code === 0
  }
}

/**
 * Every line that is shown comes in the output, in this order; figures, ids and dates may be others, and so may the width
 * of columns. A `…` stands for anything.
 */
export function assertShape(output: string, shown: readonly string[]): void {
  const lines = output.split('\n').map(shapeOf)
  let from = 0
  for (const line of shown.filter((one) => one.trim() !== '')) {
    const [first = '', ...rest] = shapeOf(line).split('…')
    const at = lines.findIndex(
      (one, index) => index >= from && one.startsWith(first) && (rest.length > 0 || one === first),
    )
    assert.ok(at >= 0, `the guide shows\n${line}\nand the command says\n${output}`)
    from = at + 1
  }
}

/** A word with a digit in it is a figure, an id or a date. */
function shapeOf(line: string): string {
  return line
    .trim()
    .replaceAll(/[\w.:-]*\d[\w.:-]*/g, '#')
    .replaceAll(/\s+/g, ' ')
}
