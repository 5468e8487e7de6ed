// How Ollama reads a model name: `:local` keeps it here, `:cloud` and `-cloud` send the request to the cloud.
import type { JsonObject } from '../json-value.ts'

/** A name as requested, and what its suffix asks for. */
export interface ModelReference {
  readonly requested: string
  /** Without the suffix. */
  readonly base: string
  readonly source: 'unstated' | 'local' | 'cloud' | 'conflict'
}

export function parseModelReference(requested: string): ModelReference {
  const local = withoutSuffix(requested, /:local$/i)
  const cloud = withoutSuffix(local ?? requested, /(?::|(?<=:[^:/]*)-)cloud$/i)
  if (cloud !== undefined && (local !== undefined || withoutSuffix(cloud, /:local$/i) !== undefined)) {
    return { requested, base: requested, source: 'conflict' }
  }
  if (cloud !== undefined) return { requested, base: cloud, source: 'cloud' }
  if (local !== undefined) return { requested, base: local, source: 'local' }
  return { requested, base: requested, source: 'unstated' }
}

function withoutSuffix(name: string, suffix: RegExp): string | undefined {
  return suffix.test(name) ? name.replace(suffix, '') : undefined
}

/** The model that a request names. Go reads keys in any case and the last one wins, so `MODEL` can override `model`. */
export function requestedModel(json: JsonObject): string {
  const names = Object.entries(json).filter(
    ([key, value]) => key.toLowerCase() === 'model' && typeof value === 'string',
  )
  return String(names.at(-1)?.[1] ?? '')
}
