// Owns `aegis serve`: the gateway, from start to a clean stop.
import { Command } from 'commander'
import type { AegisConfig } from '../../config/aegis-config.ts'
import { assertSafeToListen, withOverrides } from '../../config/listen-address.ts'
import { GatewayServer } from '../../gateway/server.ts'
import { cancelledAfter, findConfig, startAegis, systemClock } from '../../open-aegis.ts'
import { version } from '../../version.ts'
import { CommandError, guarded } from '../command-error.ts'
import { consoleLogger } from '../console-logger.ts'
import { portNumber } from '../parse-flags.ts'
import { say, styled } from '../terminal.ts'

interface ServeFlags {
  readonly config?: string
  readonly host?: string
  readonly port?: number
  readonly sandbox?: boolean
}

const PROBE_TIMEOUT_MS = 3000

export const serveCommand = new Command('serve')
  .description('start the gateway')
  .option('-c, --config <file>', 'configuration file; without it aegis.yml, or what this machine offers')
  .option('--host <address>', 'address to listen on')
  .option('-p, --port <number>', 'port to listen on, 0 for any', portNumber)
  .option('--sandbox', 'simulated providers, no model and no key needed')
  .action(guarded(serve))

async function serve(flags: ServeFlags): Promise<void> {
  const logger = consoleLogger(() => new Date())
  const found = await findConfig({
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...(flags.sandbox ? { sandbox: true } : {}),
  })
  const config = withOverrides(found.config, {
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
  })
  assertSafeToListen(config)
  const aegis = await startAegis(config, found.sandbox, { logger, clock: systemClock })
  const server = new GatewayServer(aegis.gateway)
  const { host, port } = config.server
  const address = await server.listen({ host, port }).catch(async (error: NodeJS.ErrnoException) => {
    await aegis.close()
    throw listenError(error, host, port)
  })
  announce(config, host, address.port)
  void probeAll()
  await stopSignal()
  say('stopping: running answers may end, new requests are refused')
  await server.stop(config.server.drainMs)
  await aegis.close()

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

function announce(config: AegisConfig, host: string, port: number): void {
  const shownHost = host.includes(':') ? `[${host}]` : host
  say(`${styled('bold', `Aegis ${version}`)} on ${styled('cyan', `http://${shownHost}:${port}`)}`)
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
  say(styled('dim', `OpenAI base URL: http://${shownHost}:${port}/v1 (${auth}); status page at /; Ctrl-C stops`))
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
