// Owns the health routes: is the process alive, and can it do its work.
import { type Exchange, sendJson } from './exchange.ts'

export function health(exchange: Exchange): void {
  sendJson(exchange, 200, { status: 'healthy' })
}

export function liveness(exchange: Exchange): void {
  sendJson(exchange, 200, "I'm alive!")
}

/** Ready means that budgets can be held. Without that paid providers are closed, which the detail says. */
export function readiness(exchange: Exchange): void {
  const { proxy, version } = exchange.deps
  const open = proxy.policy.providers.filter(({ closedBecause }) => closedBecause === undefined).length
  const ledger = proxy.ledger.healthy()
  const ready = ledger && open > 0
  const reason = ledger ? 'no provider is open' : 'the budget ledger cannot be written'
  sendJson(exchange, ready ? 200 : 503, {
    status: ready ? 'healthy' : 'unhealthy',
    database: ledger ? 'connected' : 'unavailable',
    providers_open: open,
    version,
    ...(ready ? {} : { detail: reason }),
  })
}
