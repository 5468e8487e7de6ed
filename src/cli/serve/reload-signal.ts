// Owns SIGHUP: the configuration is read again, and the log says what came of it, as it does of every reload.
import type { Logger } from '../../domain/logger.ts'
import type { ReloadReport } from '../../gateway/operation.ts'

export type ReloadLog = Pick<Logger, 'info' | 'error'>
type Reload = () => Promise<ReloadReport>

/** @returns the same reload, with its end in the log. */
export function onReloadSignal(reload: Reload | undefined, log: ReloadLog): Reload {
  const logged = async () => {
    try {
      if (!reload) throw new Error('there is no configuration file to read again')
      const report = await reload()
      const { changed, restartNeeded, workers } = report
      const fields = { changed: changed.join(' '), restart_needed: restartNeeded.join(' '), workers }
      log.info('config_reloaded', fields)
      return report
    } catch (error) {
      log.error('config_not_reloaded', { problems: error instanceof Error ? error.message : undefined })
      throw error
    }
  }
  process.on('SIGHUP', () => void logged().catch(() => {}))
  return logged
}
