// Proves that the clients for Python work against the gateway, where Python and pip can install them in time.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { endless, patienceMs, startWire, wireNames } from './wires.ts'

/** Installing is not what is tested: who has no fast network skips this. */
const INSTALL_PATIENCE_MS = 40_000
const RUN_PATIENCE_MS = 60_000

interface Ended {
  readonly code: number | null
  readonly output: string
}

function run(command: string, args: readonly string[], timeout: number): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const { PATH = '', HOME = '', PIP_INDEX_URL, PIP_CONFIG_FILE } = process.env
  const env = {
    PATH,
    HOME,
    ...(PIP_INDEX_URL ? { PIP_INDEX_URL } : {}),
    ...(PIP_CONFIG_FILE ? { PIP_CONFIG_FILE } : {}),
  }
  const child = spawn(command, args, { timeout, killSignal: 'SIGKILL', env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  child.once('error', (error) => resolve({ code: null, output: error.message }))
  child.once('close', (code) => resolve({ code, output }))
  return promise
}

const clients = [
  { name: 'openai', script: 'openai_client.py', last: 'errors' },
  { name: 'anthropic', script: 'anthropic_client.py', last: 'errors' },
  { name: 'langchain-openai', script: 'langchain_client.py', last: 'responses' },
] as const

const folder = mkdtempSync(join(tmpdir(), 'aegis-python-'))
const python = join(folder, 'bin', 'python')

/** One after the other into one place, since the second needs the first. @returns the names of those that are there. */
async function install(): Promise<ReadonlySet<string>> {
  const deadline = performance.now() + INSTALL_PATIENCE_MS
  const left = () => Math.max(1, Math.ceil(deadline - performance.now()))
  const installed = new Set<string>()
  if ((await run('python3', ['-m', 'venv', folder], left())).code !== 0) return installed
  for (const { name } of clients) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile', name]
    if ((await run(python, pip, left())).code !== 0) return installed
    installed.add(name)
  }
  return installed
}

const installing = install()
after(async () => {
  await installing
  rmSync(folder, { recursive: true, force: true })
})

for (const { name, script, last } of clients) {
  for (const wireName of wireNames) {
    test(`the package ${name} of Python is served by a gateway before the ${wireName} wire`, async (context) => {
      if (!(await installing).has(name))
        return context.skip(`${name} could not be installed in ${INSTALL_PATIENCE_MS / 1000} s`)
      await using wire = await startWire(wireName)
      const path = fileURLToPath(new URL(`./python/${script}`, import.meta.url))
      const { code, output } = await run(python, [path, wire.gateway.url], RUN_PATIENCE_MS)
      assert.equal(code, 0, output)
      assert.ok(output.trim().endsWith(last), output)
    })
  }

  test(`the package ${name} of Python tries again what may pass as often as it was told, and its leaving ends the provider's work`, async (context) => {
    if (!(await installing).has(name))
      return context.skip(`${name} could not be installed in ${INSTALL_PATIENCE_MS / 1000} s`)
    await using wire = await startWire('openai')
    const { journal } = wire.upstream
    const busy = { status: 429, headers: { 'retry-after': '0' } }
    wire.upstream.next(busy, { ...busy, status: 503 }, {}, busy, busy, busy, endless)
    const path = fileURLToPath(new URL(`./python/${script}`, import.meta.url))
    const { code, output } = await run(python, [path, wire.gateway.url, 'busy'], RUN_PATIENCE_MS)
    assert.equal(code, 0, output)
    const left = await journal.waitFor(({ ended, json }) => json?.stream === true && ended !== 'open', patienceMs)
    assert.deepEqual([left.ended, journal.requests.length], ['client_closed', 7])
  })
}
