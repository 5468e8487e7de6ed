// Owns what a client hears of a route that needs the ledger's store, while that is away.
import { AegisError } from '../domain/errors.ts'
import type { Exchange, Handler } from './exchange.ts'

export function needsStore(handler: Handler): Handler {
  return async (exchange: Exchange) => {
    try {
      await handler(exchange)
    } catch (error) {
      const away = error instanceof Error && 'code' in error && error.code === 'ledger_unavailable'
      if (!away || error instanceof AegisError) throw error
      const message = 'The ledger cannot be reached now. Nothing was changed, or it is not known whether it was.'
      throw new AegisError('ledger_unavailable', message, { retryAfterSeconds: 1, cause: error })
    }
  }
}
