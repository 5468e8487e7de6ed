// Owns POST /admin/reload: the configuration is read again, and holds in all processes of this address or in none.
import { AegisError } from '../../domain/errors.ts'
import { type Exchange, sendJson } from '../exchange.ts'

export async function reload(exchange: Exchange): Promise<void> {
  const run = exchange.operation.reload
  if (!run) {
    throw new AegisError('invalid_request', 'This gateway has no configuration file: start it with --config.')
  }
  const { changed, restartNeeded, workers, notices } = await run()
  sendJson(exchange, 200, { changed, restart_needed: restartNeeded, workers, notices })
}
