// Owns a gateway as a child process: started on a folder's aegis.yml, watched by its output, ended with the test.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseConfig } from '../../src/config/load-config.ts'
import { LedgerReader } from '../../src/ledger/ledger-reader.ts'
import { SqliteStore } from '../../src/ledger/sqlite/sqlite-store.ts'
import { systemClock } from '../../src/open-aegis.ts'
import { startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { until } from './world.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

type Environment = Readonly<Record<string, string>>

export interface Served extends AsyncDisposable {
  readonly child: ChildProcess
  readonly url: string
  readonly output: () => string
}

export interface Upstreams extends AsyncDisposable {
  readonly openai: Upstream
  readonly local: Upstream
}

/** A simulated OpenAI and a simulated local Ollama, which outlive the gateway processes of a test. */
export async function startUpstreams(): Promise<Upstreams> {
  const openai = await startOpenAIUpstream()
  const local = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  const close = async () => {
    await Promise.all([openai.close(), local.close()])
  }
  return { openai, local, [Symbol.asyncDispose]: close }
}

/** Writes the folder's aegis.yml: both upstreams, ten dollars for OpenAI unless told, and what `more` adds. */
export function writeConfig(
  folder: string,
  { openai, local }: Upstreams,
  more = '',
  { limit = 10, ledger = 'sqlite:aegis.db' }: { readonly limit?: number; readonly ledger?: string } = {},
): void {
  const text = `
providers:
  local_ollama: { kind: ollama, location: local, base_url: ${local.url}, models: [llama3.2:8b] }
  openai: { kind: openai, location: cloud, base_url: ${openai.url}/v1, api_key: "\${OPENAI_API_KEY}", models: [gpt-4o] }
budgets: { monthly_limits: { openai: ${limit} } }
ledger: ${ledger}
${more}`
  writeFileSync(join(folder, 'aegis.yml'), text)
}

function launch(folder: string, args: readonly string[], env: Environment = {}) {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env
  const own = { PATH, HOME, NODE_COMPILE_CACHE }
  const child = spawn(process.execPath, [main, 'serve', ...args], { cwd: folder, env: { ...own, ...env } })
  let text = ''
  const note = (piece: Buffer) => {
    text += piece.toString()
  }
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  return { child, output: () => text }
}

/** Starts a gateway on the folder's aegis.yml and waits for its address. */
export async function serve(
  folder: string,
  env: Environment = { OPENAI_API_KEY: 'sk-test' },
  args: readonly string[] = [],
): Promise<Served> {
  const { child, output } = launch(folder, ['--port', '0', ...args], env)
  const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(output())?.[0]
  await until(() => address() !== undefined || child.exitCode !== null, 'the address of the gateway')
  const url = address()
  if (url === undefined) throw new Error(output())
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  return { child, url, output, [Symbol.asyncDispose]: end }
}

/** A start that is expected to end by itself. */
export async function failedStart(
  folder: string,
  args: readonly string[],
  env: Environment = { OPENAI_API_KEY: 'sk-test' },
): Promise<{ readonly code: number; readonly output: string }> {
  const { child, output } = launch(folder, args, env)
  const patience = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const [code] = await once(child, 'close')
  clearTimeout(patience)
  assert.doesNotMatch(output(), /\n\s+at /, 'a stack trace was shown')
  return { code: code as number, output: output() }
}

/** What the ledger file holds for OpenAI, in nano-dollars. */
export async function ledgerOf(folder: string): Promise<{
  readonly spent: number
  readonly reserved: number
  readonly leased: number
  readonly unsettled: number
  readonly rows: readonly { readonly status: string; readonly cost: number }[]
}> {
  const text = readFileSync(join(folder, 'aegis.yml'), 'utf8')
  const { budgets } = parseConfig(text, { source: 'aegis.yml', env: { OPENAI_API_KEY: 'sk-test' } })
  const store = new SqliteStore({ path: join(folder, 'aegis.db'), readOnly: true })
  await using reader = await LedgerReader.open({ store, clock: systemClock, budgets: budgets.all })
  const [budget] = await reader.budgets()
  const { rows } = await reader.usage({ limit: 1000 })
  return {
    spent: budget?.spent ?? -1,
    reserved: budget?.reserved ?? -1,
    leased: budget?.leased ?? -1,
    unsettled: budget?.unsettled ?? -1,
    rows: rows.map(({ status, cost }) => ({ status, cost })),
  }
}
