// Owns the health routes: is the process alive, and can it do its work.
import { type Exchange, sendJson } from './exchange.ts'

export function health(exchange: Exchange): void {
  sendJson(exchange, 200, { status: 'healthy' })
}

export function liveness(exchange: Exchange): void {
  sendJson(exchange, 200, "I'm alive!")
}

/**
 * Ready means that budgets can be held and somebody is open. Each dependency is told apart, by name and state: a provider
 * that fails makes it `degraded` and no less ready, because others take over and no other instance would fare better.
 */
export function readiness(exchange: Exchange): void {
  const { proxy, version, systemStatus } = exchange.deps
  const status = systemStatus()
  const ledger = proxy.ledger.healthy()
  const open = status.providers.filter(({ health }) => health !== 'closed')
  const failing = open.filter(({ health }) => health === 'failing')
  const ready = ledger && open.length > 0
  const reasons = [
    ...(ledger ? [] : ['the budget ledger cannot be written, so paid providers are closed']),
    ...(open.length > 0 ? [] : ['no provider is open']),
    ...failing.map(({ name }) => `${name} fails`),
  ]
  sendJson(exchange, ready ? 200 : 503, {
    status: ready ? (failing.length > 0 ? 'degraded' : 'healthy') : 'unhealthy',
    database: ledger ? 'connected' : 'unavailable',
    providers_open: open.length,
    version,
    checks: {
      config: { mode: status.mode, loaded_at: status.configured_at },
      ledger: ledger ? 'ok' : 'unavailable',
      // Names and states only: this route needs no key.
      providers: Object.fromEntries(status.providers.map(({ name, health }) => [name, health])),
    },
    ...(reasons.length === 0 ? {} : { detail: reasons.join('; ') }),
  })
}
