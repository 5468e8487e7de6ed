// Owns one process's part of a reload: another configuration is checked and made ready, and takes over when it is told to.
import type { Aegis } from '../../compose.ts'
import type { AegisConfig } from '../../config/aegis-config.ts'
import { takeOver } from '../../config/compare-configs.ts'
import { ConfigError } from '../../config/config-error.ts'
import { assertSafeToListen, type ListenOverrides, withOverrides } from '../../config/listen-address.ts'
import { AegisError } from '../../domain/errors.ts'
import type { ReloadReport } from '../../gateway/operation.ts'
import type { GatewayServer } from '../../gateway/server.ts'
import { type ConfigFile, configOfFile, readAgain } from '../../open-aegis.ts'
import { failureOf } from '../command-error.ts'
import { loadEnvFile } from '../load-env-file.ts'

/** A configuration that is ready. One of its methods is called, once. */
export interface StagedConfig {
  readonly config: AegisConfig
  readonly report: Omit<ReloadReport, 'workers'>
  commit(): void
  discard(): Promise<void>
}

/** What a file changes of a running configuration. @throws AegisError `invalid_configuration` with every problem. */
export function readChange(
  running: AegisConfig,
  file: ConfigFile,
  overrides: ListenOverrides,
): Pick<StagedConfig, 'config' | 'report'> {
  try {
    loadEnvFile()
    const next = withOverrides(configOfFile(file), overrides)
    const { config, changed, restartNeeded } = takeOver(running, next)
    assertSafeToListen(config)
    const notices = config.notices.filter(({ level }) => level === 'warning').map(({ message }) => message)
    return { config, report: { changed, restartNeeded, notices } }
  } catch (error) {
    throw refusalOf(error)
  }
}

/** @throws AegisError `invalid_configuration`: nothing has changed. */
export async function stageConfig(
  { aegis, server }: { readonly aegis: Aegis; readonly server: GatewayServer },
  file: ConfigFile,
  overrides: ListenOverrides,
): Promise<StagedConfig> {
  const { config, report } = readChange(aegis.config, file, overrides)
  const prepared = await aegis.prepare(config).catch((error: unknown) => {
    throw refusalOf(error)
  })
  return {
    config,
    report,
    commit() {
      const retire = prepared.commit()
      // Sockets of the configuration before are closed when its last request has ended, or by aegis.close().
      void server.use(aegis.gateway).then(retire)
    },
    discard: () => prepared.discard(),
  }
}

/** The file as it is now, with the variables of now. @throws AegisError `invalid_configuration` with every problem. */
export async function readNow(file: ConfigFile): Promise<ConfigFile> {
  loadEnvFile()
  try {
    return (await readAgain(file)).file ?? file
  } catch (error) {
    throw refusalOf(error)
  }
}

/** Any failure to use a configuration, as an answer that names each problem and no value. */
function refusalOf(error: unknown): AegisError {
  if (error instanceof AegisError) return error
  const problems = error instanceof ConfigError ? error.problems : []
  const message = `The configuration cannot be used, so nothing was changed. ${failureOf(error).message}`
  return new AegisError('invalid_configuration', message, { extra: { problems }, cause: error })
}
