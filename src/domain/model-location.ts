// Owns where a model really runs: a local Ollama forwards some models to the cloud, by their names.
import type { Location } from './location.ts'
import type { ProviderRef } from './provider-ref.ts'

/**
 * The location of one model at one provider. Ollama serves models named `…:cloud` and `…-cloud` from ollama.com, also
 * when the server is on this machine; see https://docs.ollama.com/cloud.
 * @example locationOf(localOllama, 'gpt-oss:120b-cloud') // 'cloud'
 */
export function locationOf(provider: ProviderRef, model: string): Location {
  if (provider.location === 'cloud') return 'cloud'
  return isCloudModelName(model) ? 'cloud' : 'local'
}

/** True for names that end in `:cloud` or `-cloud`, in any case and with spaces around, as Ollama reads them. */
export function isCloudModelName(model: string): boolean {
  return /[:-]\s*cloud\s*$/i.test(model)
}
