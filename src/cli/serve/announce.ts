// Owns what `aegis serve` says when it listens.
import type { AegisConfig } from '../../config/aegis-config.ts'
import { version } from '../../version.ts'
import { say, styled } from '../terminal.ts'

export function announce(config: AegisConfig, url: string, workers: number): void {
  const processes = workers > 1 ? ` with ${workers} workers` : ''
  say(`${styled('bold', `Aegis ${version}`)} on ${styled('cyan', url)}${processes}`)
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
export function announceJson(config: AegisConfig, url: string): void {
  const providers = config.providers.map(({ name, kind, location, simulated, models, closedBecause }) => ({
    ...{ name, kind, location, simulated, models },
    closed_because: closedBecause ?? null,
  }))
  const key = config.auth.masterKey !== undefined
  say(JSON.stringify({ url, version, source: config.source, key_needed: key, providers, notices: config.notices }))
}
