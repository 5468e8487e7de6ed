// Owns the address the gateway listens on: what the command line may override, and when it is safe.
import type { z } from 'zod'
import type { AegisConfig } from './aegis-config.ts'
import { ConfigError } from './config-error.ts'
import { deepFreeze } from './deep-freeze.ts'
import { isLoopback } from './local-network.ts'
import { serverSchema } from './section-schemas.ts'

export interface ListenOverrides {
  readonly host?: string | undefined
  readonly port?: number | string | undefined
}

/**
 * The same configuration with another address to listen on; absent overrides change nothing.
 * @throws ConfigError when one is not valid; its path is `--host` or `--port`.
 */
export function withOverrides(config: AegisConfig, { host, port }: ListenOverrides): AegisConfig {
  const server = {
    ...config.server,
    host: host === undefined ? config.server.host : checked(serverSchema.shape.host, host, '--host'),
    port: port === undefined ? config.server.port : checked(serverSchema.shape.port, port, '--port'),
  }
  return deepFreeze({ ...config, server })
}

function checked<Schema extends z.ZodType>(schema: Schema, value: string | number, option: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const message = result.error.issues[0]?.message ?? 'is not valid'
  throw new ConfigError([{ message, file: '', line: undefined, column: undefined, path: option }])
}

/**
 * Refuses an address that other machines can reach while no master key is set.
 * @throws ConfigError with the ways out.
 */
export function assertSafeToListen({ server, auth, source }: Pick<AegisConfig, 'server' | 'auth' | 'source'>): void {
  if (auth.masterKey !== undefined || isLoopback(server.host)) return
  const message =
    `other machines can reach ${server.host} and no master key is set: export AEGIS_MASTER_KEY=... ` +
    '(openssl rand -hex 32 makes one), or listen on 127.0.0.1'
  throw new ConfigError([{ message, file: source, line: undefined, column: undefined, path: 'server.host' }])
}
