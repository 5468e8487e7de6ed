// Owns /admin/privacy and /admin/audit: how restricted data is guarded, and the way to open what a violation has closed.
import { AegisError } from '../../domain/errors.ts'
import { bodyOf, type Exchange, sendJson } from '../exchange.ts'
import { parseJsonObject } from '../parse-json.ts'

export function privacyState(exchange: Exchange): void {
  sendJson(exchange, 200, exchange.deps.privacyState())
}

export function auditHead(exchange: Exchange): void {
  const { audit } = exchange.deps.privacyState()
  if (!audit) throw new AegisError('not_found', 'No audit record is kept: see privacy.audit in the configuration.')
  sendJson(exchange, 200, { head: audit.head })
}

/** A person takes it on: the server has been looked at. */
export async function openProvider(exchange: Exchange): Promise<void> {
  const { view } = parseJsonObject(await bodyOf(exchange))
  const { provider, ...others } = view
  if (typeof provider !== 'string' || Object.keys(others).length > 0) {
    throw new AegisError('invalid_request', 'Send {"provider": "its name"} and nothing else.', { param: 'provider' })
  }
  if (!(await exchange.deps.openDoor(provider))) {
    throw new AegisError('not_found', 'No provider of this name is closed for restricted data.', { param: 'provider' })
  }
  sendJson(exchange, 200, exchange.deps.privacyState())
}
