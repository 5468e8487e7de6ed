// Owns GET /api/tags, GET /api/ps and GET /api/version.
import { Cancellation } from '../../domain/cancellation.ts'
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
    details: ollamaDetails,
  }))
  sendJson(exchange, 200, { models })
}

/** What stands for the facts of a model's file, which a gateway does not have. */
export const ollamaDetails = {
  parent_model: '',
  format: 'aegis',
  family: 'aegis',
  families: ['aegis'],
  parameter_size: '',
  quantization_level: '',
} as const

/** Longer than an Ollama takes that is there. */
const PATIENCE_MS = 2000

/** What the local Ollamas have loaded now. One that does not answer has nothing loaded, as far as anybody knows. */
export async function ollamaPs(exchange: Exchange): Promise<void> {
  const { providers, timers } = exchange.deps.proxy
  const patience = new Cancellation()
  const stop = timers.after(PATIENCE_MS, () => patience.cancel('deadline'))
  const unsubscribe = exchange.cancellation.onCancel((reason) => patience.cancel(reason))
  const allowed = allowedOf(exchange.caller)
  const asked = [...providers.values()].map(async (provider) => {
    const loaded = (await provider.loaded?.(patience)) ?? []
    return allowed === undefined
      ? loaded
      : loaded.filter((one) => 'name' in one && keyAllows(allowed, provider.ref.name, String(one.name)))
  })
  const listed = await Promise.allSettled(asked)
  stop()
  unsubscribe()
  sendJson(exchange, 200, { models: listed.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])) })
}
