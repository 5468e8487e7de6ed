// Owns one gateway that nobody supervises: it reads its file again on SIGHUP and when it is asked to.
import type { ReloadReport } from '../../gateway/operation.ts'
import type { FoundConfig } from '../../open-aegis.ts'
import { inTurn } from './in-turn.ts'
import { onReloadSignal } from './reload-signal.ts'
import { type Served, type ServeEvents, serveUntil } from './serve-until.ts'
import { readNow } from './stage-config.ts'

export async function serveAlone(served: Served, file: FoundConfig['file'], events: ServeEvents): Promise<void> {
  const { logger: log } = served
  await serveUntil(served, events, (unit) => {
    if (!file) {
      onReloadSignal(undefined, log)
      return {}
    }
    const reload = inTurn(async (): Promise<ReloadReport> => {
      const { report, commit } = await unit.stage(await readNow(file))
      commit()
      return { ...report, workers: 1 }
    })
    return { reload: onReloadSignal(reload, log) }
  })
}
