// Owns GET /api/tags and GET /api/version.
import { keyAllows } from '../../policy/key-allows.ts'
import { allowedOf } from '../callers-task.ts'
import { type Exchange, sendJson } from '../exchange.ts'

/** The version of Ollama whose wire this surface follows; clients compare it before they use a feature. */
const OLLAMA_VERSION = '0.24.0'

export function ollamaVersion(exchange: Exchange): void {
  sendJson(exchange, 200, { version: OLLAMA_VERSION })
}

/** Every configured model of an open provider once, as Ollama lists them; `auto` first. */
export function ollamaTags(exchange: Exchange): void {
  const names = new Set(['auto'])
  const allowed = allowedOf(exchange.caller)
  for (const provider of exchange.deps.proxy.policy.providers) {
    if (provider.closedBecause !== undefined) continue
    for (const model of provider.models) {
      if (allowed === undefined || keyAllows(allowed, provider.name, model)) names.add(model)
    }
  }
  const modified = new Date(exchange.receivedAtMs).toISOString()
  const models = [...names].map((name) => ({
    name,
    model: name,
    modified_at: modified,
    size: 0,
    digest: '',
    details: {
      parent_model: '',
      format: 'aegis',
      family: 'aegis',
      families: ['aegis'],
      parameter_size: '',
      quantization_level: '',
    },
  }))
  sendJson(exchange, 200, { models })
}
