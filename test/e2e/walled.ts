// Owns a gateway process behind the wall: only its local provider can be reached, and every other try is known.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type JsonObject, startOllamaUpstream, type Upstream } from '../../src/testing/index.ts'
import { type AskOptions, ask, type Reply } from './client.ts'
import { question, temporaryFolder, until } from './world.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const wall = new URL('./wall.ts', import.meta.url).href

/** Addresses that nobody has (RFC 5737), of the two clouds. */
export const cloudAddresses = { openai: '203.0.113.1:8001', ollama_cloud: '203.0.113.2:8002' } as const

export interface Walled extends AsyncDisposable {
  readonly url: string
  /** The only one that can be reached: a simulated Ollama. */
  readonly local: Upstream
  /** `address:port` of everything else that was to be connected to since the start. */
  tried(): readonly string[]
  /** What names resolve to from now on. */
  resolve(names: Readonly<Record<string, readonly string[]>>): void
  chat(body: JsonObject, options?: AskOptions): Promise<Reply>
}

export interface WalledOptions {
  /** Of the local provider, in place of its loopback address: `ollama.test`. */
  readonly localHost?: string
  readonly env?: Readonly<Record<string, string>>
  /** Changes to the local provider's entry. */
  readonly local?: JsonObject
}

/** @example await using walled = await startWalled({ env: { HTTP_PROXY: 'http://203.0.113.9:3128' } }) */
export async function startWalled({ localHost, env = {}, local: more = {} }: WalledOptions = {}): Promise<Walled> {
  await using ends = new AsyncDisposableStack()
  const folder = ends.use(temporaryFolder())
  const local = ends.use(await startOllamaUpstream({ label: 'local', models: ['llama3.2:8b'] }))
  const files = { log: join(folder.path, 'tried'), names: join(folder.path, 'names') }
  const resolve: Walled['resolve'] = (names) => writeFileSync(files.names, JSON.stringify(names))
  resolve(localHost === undefined ? {} : { [localHost]: ['127.0.0.1'] })
  writeFileSync(files.log, '')
  writeFileSync(join(folder.path, 'aegis.yml'), JSON.stringify(configOf(local, localHost ?? '127.0.0.1', more)))
  const { PATH = '' } = process.env
  const own = { PATH, HOME: folder.path, WALL_LOG: files.log, WALL_NAMES: files.names, WALL_PORTS: String(local.port) }
  const args = ['--import', wall, main, 'serve', '--port', '0']
  const child = spawn(process.execPath, args, { cwd: folder.path, env: { ...own, ...env } })
  ends.defer(async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      output += piece.toString()
    })
  }
  const tried = () => readFileSync(files.log, 'utf8').split('\n').slice(0, -1)
  const address = () => / on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1]
  await until(() => address() !== undefined || child.exitCode !== null, 'the address of the gateway')
  const url = address()
  if (url === undefined) throw new Error(output)
  // At its start it asks every provider for its models, which holds nothing of a request.
  await until(() => Object.values(cloudAddresses).every((one) => tried().includes(one)), 'the probes of the start')
  await local.journal.waitFor(({ path, ended }) => path === '/api/tags' && ended === 'complete', 60_000)
  writeFileSync(files.log, '')
  local.journal.clear()
  const kept = ends.move()
  return {
    url,
    local,
    tried,
    resolve,
    chat: (body, options = {}) => ask(`${url}/v1/chat/completions`, question(body), options),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function configOf(local: Upstream, host: string, more: JsonObject): object {
  const cloud = { location: 'cloud', api_key: 'sk-test' }
  const openai = { kind: 'openai', base_url: `http://${cloudAddresses.openai}/v1`, models: ['gpt-4o'] }
  const ollama = { kind: 'ollama', base_url: `http://${cloudAddresses.ollama_cloud}`, models: ['gpt-oss:120b'] }
  const home = { kind: 'ollama', location: 'local', base_url: `http://${host}:${local.port}`, models: ['llama3.2:8b'] }
  return {
    providers: {
      local_ollama: { ...home, ...more },
      ollama_cloud: { ...ollama, ...cloud },
      openai: { ...openai, ...cloud },
    },
    pricing: { ollama_cloud: { free: true } },
    ledger: 'memory:',
  }
}
