// Owns where a command's work is done: at a gateway that was named, at one that runs, or in this process.
import { existsSync } from 'node:fs'
import type { AegisConfig } from '../../config/aegis-config.ts'
import { findConfigFile } from '../../config/find-config-file.ts'
import type { SystemStatus } from '../../telemetry/system-status.ts'
import { CommandError } from '../command-error.ts'
import { gatewayUrl } from '../parse-flags.ts'
import { askGateway } from './gateway-client.ts'

/** A gateway, and the key to it when there is one. */
export interface Gateway {
  /** Without a trailing slash: `http://127.0.0.1:8080`. */
  readonly url: string
  readonly key: string | undefined
}

/** The flags that say where. */
export interface PlaceFlags {
  readonly config?: string
  readonly url?: string
  readonly sandbox?: boolean
}

const DEFAULT_ADDRESS = { host: '127.0.0.1', port: 8080 }

/**
 * The address is one of this machine, so a port where nobody listens refuses at once; only a program that listens and
 * is slow is waited for. Shorter, and a gateway on a loaded machine would be passed over.
 */
const HEALTH_TIMEOUT_MS = 5000

/**
 * The gateway that `--url` or AEGIS_URL names, else one that answers at the configured address. `--config` and
 * `--sandbox` say more than AEGIS_URL. With `--sandbox` only a gateway counts whose providers are simulated.
 * @returns undefined when the work is to be done in this process.
 * @throws ConfigError when the configuration that names the address is wrong.
 */
export async function findGateway(flags: PlaceFlags): Promise<Gateway | undefined> {
  const named = namedGateway(flags)
  if (named) return named
  const gateway = await configuredGateway(flags)
  if (!gateway || !(await answers(gateway))) return undefined
  return !flags.sandbox || (await isSandbox(gateway)) ? gateway : undefined
}

/** For commands that have nothing to do without a gateway. @throws CommandError when none is found. */
export async function needGateway(flags: PlaceFlags): Promise<Gateway> {
  const gateway = namedGateway(flags) ?? (await configuredGateway(flags))
  if (gateway && (flags.url !== undefined || (await answers(gateway)))) return gateway
  const where = gateway ? ` at ${gateway.url}` : ''
  throw new CommandError(`No gateway answers${where}: start one with \`aegis serve\`, or name one with --url.`)
}

/** The gateway of `--url`, else of AEGIS_URL. */
export function namedGateway({ url, config, sandbox }: PlaceFlags): Gateway | undefined {
  const key = process.env.AEGIS_MASTER_KEY || undefined
  if (url !== undefined) return { url, key }
  const fromEnvironment = process.env.AEGIS_URL?.trim()
  if (!fromEnvironment || config !== undefined || sandbox) return undefined
  try {
    return { url: gatewayUrl(fromEnvironment), key }
  } catch {
    throw new CommandError('AEGIS_URL is not an address: export AEGIS_URL=http://127.0.0.1:8080', 2)
  }
}

async function configuredGateway({ config: stated }: PlaceFlags): Promise<Gateway | undefined> {
  const config = await configFromFile(stated)
  const { host, port } = config?.server ?? DEFAULT_ADDRESS
  if (port === 0) return undefined
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const url = `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
  return { url, key: config ? config.auth.masterKey?.reveal() : process.env.AEGIS_MASTER_KEY || undefined }
}

/** The configuration file that would be used, checked; undefined when there is none. @throws ConfigError */
export async function configFromFile(stated: string | undefined): Promise<AegisConfig | undefined> {
  const { env } = process
  const cwd = process.cwd()
  const path = await findConfigFile({ stated, env, cwd, exists: existsSync })
  if (path === undefined) return undefined
  const { loadConfig } = await import('../../config/load-config.ts')
  return loadConfig({ path, env, cwd })
}

/** Whether an Aegis answers there. Other programs have a /health too, and must not be sent a prompt. */
async function answers(gateway: Gateway): Promise<boolean> {
  const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS)
  try {
    const reply = await askGateway(gateway, 'GET', '/health', { signal })
    await reply.body.dump()
    return reply.headers['x-aegis-request-id'] !== undefined
  } catch {
    return false
  }
}

/** Whether the providers of a gateway are simulated. */
async function isSandbox(gateway: Gateway): Promise<boolean> {
  try {
    const reply = await askGateway(gateway, 'GET', '/admin/status', { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) })
    return ((await reply.body.json()) as SystemStatus).mode === 'sandbox'
  } catch {
    return false
  }
}
