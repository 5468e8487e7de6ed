// Owns the start of a whole gateway in a test: the real server in this process, in front of real HTTP upstreams.
import type { Aegis } from '../../src/compose.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { Clock } from '../../src/domain/clock.ts'
import type { LogFields, Logger } from '../../src/domain/logger.ts'
import type { Timers } from '../../src/domain/timers.ts'
import { GatewayServer } from '../../src/gateway/server.ts'
import { openAegis } from '../../src/open-aegis.ts'
import type { Upstream } from '../../src/testing/index.ts'

export type ProviderInput = ConfigInput['providers'][string]

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}

export interface RunningGateway extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  readonly aegis: Aegis
  /** All that was logged so far. */
  readonly log: readonly LogLine[]
  /** Stops at once: what is running is cancelled. */
  close(): Promise<void>
}

export interface GatewayOptions {
  readonly clock?: Clock
  readonly timers?: Timers
  readonly random?: () => number
  /** Empty by default, so that no variable of this machine plays a part. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** False sends all requests through node:http. */
  readonly fastLane?: boolean
}

/**
 * Starts a gateway on a free loopback port; the ledger is in memory unless the configuration says otherwise. One on a database
 * keeps no audit record unless told where: it would stand in the folder from which the tests are run.
 * @example
 * await using openai = await startOpenAIUpstream()
 * await using gateway = await startGateway({ providers: { openai: openAIProvider(openai) } })
 * await fetch(`${gateway.url}/v1/models`)
 */
export async function startGateway(config: ConfigInput, options: GatewayOptions = {}): Promise<RunningGateway> {
  const log: LogLine[] = []
  const { privacy, ledger = 'memory:' } = config
  const isInFile = typeof ledger === 'string' && !ledger.startsWith('postgres')
  const aegis = await openAegis({
    config: { ...config, ledger, privacy: { ...(isInFile ? {} : { audit: { enabled: false } }), ...privacy } },
    env: options.env ?? {},
    logger: loggerInto(log),
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.timers ? { timers: options.timers } : {}),
    ...(options.random ? { random: options.random } : {}),
  })
  const server = new GatewayServer(aegis.gateway, { fastLane: options.fastLane ?? true })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  const close = async () => {
    await server.stop(0)
    await aegis.close()
  }
  return { url: `http://127.0.0.1:${port}`, port, aegis, log, close, [Symbol.asyncDispose]: close }
}

/** A provider of the native Ollama wire on this machine. */
export function localOllama(upstream: Upstream, more: Partial<ProviderInput> = {}): ProviderInput {
  return { kind: 'ollama', location: 'local', base_url: upstream.url, models: ['llama3.2:8b'], ...more }
}

/** A provider of the native Ollama wire that counts as cloud. Paid: give it a price, or `free: true`. */
export function cloudOllama(upstream: Upstream, more: Partial<ProviderInput> = {}): ProviderInput {
  const models = ['gpt-oss:120b']
  return { kind: 'ollama', location: 'cloud', base_url: upstream.url, api_key: 'sk-ollama-test', models, ...more }
}

/** A provider of the OpenAI wire that counts as cloud; `gpt-4o` has a price in the public list. */
export function openAIProvider(upstream: Upstream, more: Partial<ProviderInput> = {}): ProviderInput {
  const base_url = `${upstream.url}/v1`
  return { kind: 'openai', location: 'cloud', base_url, api_key: 'sk-openai-test', models: ['gpt-4o'], ...more }
}

function loggerInto(log: LogLine[]): Logger {
  const write =
    (level: LogLine['level']) =>
    (event: string, fields: LogFields = {}) => {
      log.push({ level, event, fields })
    }
  return { info: write('info'), warn: write('warn'), error: write('error') }
}
