// Owns the run of `aegis serve`: the gateway, from start to a clean stop.
import type { AegisConfig } from '../../config/aegis-config.ts'
import { assertSafeToListen, withOverrides } from '../../config/listen-address.ts'
import { GatewayServer } from '../../gateway/server.ts'
import { cancelledAfter, type FoundConfig, findConfig, startAegis, systemClock } from '../../open-aegis.ts'
import { version } from '../../version.ts'
import { CommandError } from '../command-error.ts'
import { consoleLogger } from '../console-logger.ts'
import { say, styled } from '../terminal.ts'

export interface ServeFlags {
  readonly config?: string
  readonly host?: string
  readonly port?: number
  readonly sandbox?: boolean
  readonly json?: boolean
}

const PROBE_TIMEOUT_MS = 3000

export async function runServe(flags: ServeFlags): Promise<void> {
  const logger = consoleLogger(() => new Date())
  const found = await findConfig({
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...(flags.sandbox ? { sandbox: true } : {}),
  })
  const config = await listenable(found, flags)
  const aegis = await startAegis(config, found.sandbox, { logger, clock: systemClock })
  const server = new GatewayServer(aegis.gateway)
  const { host, port } = config.server
  try {
    const address = await server.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
      throw listenError(error, host, port)
    })
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
    if (flags.json) announceJson(config, url)
    else announce(config, url)
    void probeAll()
    await stopSignal()
    const stopped = server.stop(config.server.drainMs)
    if (!flags.json) say('stopping: running answers may end, new requests are refused')
    await stopped
  } finally {
    await aegis.close()
  }

  async function probeAll(): Promise<void> {
    await Promise.all(
      [...aegis.providers].map(async ([name, provider]) => {
        const health = await provider.probe(cancelledAfter(PROBE_TIMEOUT_MS))
        aegis.board.probed(name, health.reachable, health.detail)
        if (!health.reachable) logger.warn('provider_not_reached', { provider: name, detail: health.detail })
      }),
    )
  }
}

/** The configuration with the address of the flags. @throws ConfigError when nobody should listen there. */
async function listenable({ config, sandbox }: FoundConfig, { host, port }: ServeFlags): Promise<AegisConfig> {
  try {
    const chosen = withOverrides(config, { host, port })
    assertSafeToListen(chosen)
    return chosen
  } catch (error) {
    await sandbox?.close()
    throw error
  }
}

function announce(config: AegisConfig, url: string): void {
  say(`${styled('bold', `Aegis ${version}`)} on ${styled('cyan', url)}`)
  if (config.source === 'sandbox') {
    say(styled('yellow', 'SANDBOX: all providers are simulated on this machine; no answer comes from a model.'))
  }
  const nameWidth = Math.max(...config.providers.map(({ name }) => name.length))
  for (const provider of config.providers) {
    const state = provider.closedBecause
      ? styled('yellow', `closed: ${provider.closedBecause}`)
      : provider.models.join(', ')
    say(`  ${provider.name.padEnd(nameWidth)}  ${provider.location.padEnd(5)}  ${state}`)
  }
  for (const { level, message } of config.notices)
    say(`${level === 'warning' ? styled('yellow', 'warning') : styled('dim', 'info')} ${message}`)
  const auth = config.auth.masterKey ? 'the master key is needed' : 'no key is needed on loopback'
  say(styled('dim', `OpenAI base URL: ${url}/v1 (${auth}); status page at /; Ctrl-C stops`))
}

/** One line, so that a program can wait for it. */
function announceJson(config: AegisConfig, url: string): void {
  const providers = config.providers.map(({ name, kind, location, simulated, models, closedBecause }) => ({
    ...{ name, kind, location, simulated, models },
    closed_because: closedBecause ?? null,
  }))
  const key = config.auth.masterKey !== undefined
  say(JSON.stringify({ url, version, source: config.source, key_needed: key, providers, notices: config.notices }))
}

/** Resolves on the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve()
        process.once(signal, () => process.exit(130))
      })
    }
  })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new CommandError(`Port ${port} on ${host} is in use: choose another with --port, or 0 for any.`, 1)
  if (error.code === 'EACCES')
    return new CommandError(`This user may not listen on port ${port}: choose one above 1023 with --port.`, 1)
  if (error.code === 'EADDRNOTAVAIL')
    return new CommandError(`${host} is not an address of this machine: see --host.`, 1)
  return error
}
