/** Owns entering Aegis: its configuration for the benchmark, and the three lanes through it. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import type { ChatRequest } from '../load/chat-request.ts'
import { postChat } from '../load/post-chat.ts'
import { freePort, untilAnswers } from '../process/ready.ts'
import { AEGIS_MAIN } from '../requirements.ts'
import { CLOUD_MODEL, KEY, type Lane, LOCAL_MODEL, PLAIN_REQUEST, type RunningProxy, varied } from './contestant.ts'

/** Aegis cannot be measured; the message says why. */
export class NoAegisError extends Error {
  override readonly name = 'NoAegisError'
}

/**
 * One provider at home and one paid, both answered by the same upstream; auth, budgets and a ledger on disk are on.
 */
function configuration(upstreamPort: number, directory: string): string {
  const baseUrl = `http://127.0.0.1:${upstreamPort}/v1`
  return `providers:
  local: { kind: openai_compatible, location: local, base_url: ${baseUrl}, models: [${LOCAL_MODEL}] }
  openai: { kind: openai, location: cloud, base_url: ${baseUrl}, api_key: x, models: [{ name: ${CLOUD_MODEL}, context_tokens: 1000000000 }] }
pricing:
  openai: { ${CLOUD_MODEL}: { input_per_million: 0.15, output_per_million: 0.6 } }
budgets:
  monthly_limits: { openai: 1000000 }
routing: { default_provider: local }
privacy: { detect: { trust_declared: true, names: off } }
ledger: sqlite:${join(directory, 'aegis.db')}
auth: { master_key: "\${AEGIS_MASTER_KEY}" }
`
}

/** `pollMs` is how often it is asked whether it is up. */
export async function enterAegis(bench: Bench, upstreamPort: number, { pollMs = 20 } = {}): Promise<RunningProxy> {
  if (!existsSync(AEGIS_MAIN)) throw new NoAegisError('the package is not built')
  const port = await freePort()
  const directory = mkdtempSync(join(bench.directory, 'aegis-'))
  const config = join(directory, 'aegis.yml')
  writeFileSync(config, configuration(upstreamPort, directory))
  const child = bench.children.start({
    name: 'aegis',
    command: process.execPath,
    // As the first line of that file says, and `npm start`.
    args: ['--max-semi-space-size=8', AEGIS_MAIN, 'serve', '--config', config, '--port', `${port}`],
    environment: { NODE_ENV: 'production', AEGIS_MASTER_KEY: KEY },
  })
  await untilAnswers(child, port, PLAIN_REQUEST, pollMs)
  return { name: 'aegis', child, port, request: PLAIN_REQUEST }
}

const LANES: readonly { id: string; label: string; request: ChatRequest; provider: string }[] = [
  { id: 'aegis_local', label: 'Aegis, goes local', request: PLAIN_REQUEST, provider: 'local' },
  {
    id: 'aegis_cloud',
    label: 'Aegis, paid cloud, declared public',
    request: varied(CLOUD_MODEL, { 'x-aegis-data-classification': 'public' }),
    provider: 'openai',
  },
  {
    id: 'aegis_detect',
    label: 'Aegis, paid cloud, structured detection',
    request: varied(CLOUD_MODEL),
    provider: 'openai',
  },
]

/**
 * The lanes through Aegis, each checked by one request that it does what its label says. One that does not is noted
 * in `missing` and left out: its figures would carry the wrong name.
 */
export async function aegisLanes(proxy: RunningProxy, missing: string[]): Promise<Lane[]> {
  const lanes: Lane[] = []
  for (const { id, label, request, provider } of LANES) {
    const answer = await postChat(proxy.port, request)
    const actual = answer.headers['x-aegis-provider']
    if (answer.status !== 200 || actual !== provider) {
      const got = `status ${answer.status}, x-aegis-provider ${actual}, reason ${answer.headers['x-aegis-reason']}`
      missing.push(`${label}: should reach provider ${provider}: ${got}: ${answer.body.slice(0, 300)}`)
    } else if (id === 'aegis_detect' && (await leaksPrivateData(proxy, request))) {
      missing.push(`${label}: nothing is detected, a card number and an SSN went to provider ${provider}`)
    } else {
      lanes.push({ id, label, proxy, request })
    }
  }
  return lanes
}

/** Whether a request with private data, like the lane's in all else, is sent to the cloud. */
async function leaksPrivateData(proxy: RunningProxy, request: ChatRequest): Promise<boolean> {
  const content = 'My card number is 4111 1111 1111 1111 and my social security number is 536-22-1234.'
  const body = JSON.stringify({ model: request.model, messages: [{ role: 'user', content }] })
  return (await postChat(proxy.port, request, body)).headers['x-aegis-provider'] === 'openai'
}
