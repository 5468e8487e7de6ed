// Owns the file that keeps what providers listed of their models: written when somebody asks for it, read at a start.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type Capabilities, isTokenLimit, type ModelFacts, modelCapabilities } from '../domain/model-facts.ts'

/** Facts by provider and model. */
export type Listing = Readonly<Record<string, Readonly<Record<string, ModelFacts>>>>

export interface ListingFile {
  /** ISO 8601; undefined when providers were never asked. */
  readonly refreshedAt: string | undefined
  readonly listing: Listing
}

const empty: ListingFile = { refreshedAt: undefined, listing: {} }

/** What the file says; nothing when there is none or it cannot be read, since everything in it can be asked again. */
export function readListingFile(path: string | undefined): ListingFile {
  if (path === undefined) return empty
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (!isObject(read) || read.version !== 1 || !isObject(read.providers)) return empty
    const refreshedAt = typeof read.refreshed_at === 'string' ? read.refreshed_at : undefined
    return { refreshedAt, listing: mapObject(read.providers, (models) => mapObject(models, factsOf)) }
  } catch {
    return empty
  }
}

/** Replaces the file in one step, so that a start never reads half of it. @throws what the file system says. */
export function writeListingFile(path: string, { refreshedAt, listing }: ListingFile): void {
  const providers = mapObject(listing, (models) =>
    mapObject(models, (facts) => {
      const { contextTokens, outputTokens, capabilities } = facts as ModelFacts
      return { context_tokens: contextTokens, output_tokens: outputTokens, capabilities }
    }),
  )
  const next = `${path}.new`
  writeFileSync(next, `${JSON.stringify({ version: 1, refreshed_at: refreshedAt, providers }, null, 2)}\n`)
  renameSync(next, path)
}

function factsOf(value: unknown): ModelFacts {
  if (!isObject(value)) return {}
  const { context_tokens: contextTokens, output_tokens: outputTokens, capabilities } = value
  return {
    contextTokens: isTokenLimit(contextTokens) ? contextTokens : undefined,
    outputTokens: isTokenLimit(outputTokens) ? outputTokens : undefined,
    capabilities: capabilitiesOf(capabilities),
  }
}

function capabilitiesOf(value: unknown): Capabilities {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    modelCapabilities.flatMap((name) => (typeof value[name] === 'boolean' ? [[name, value[name]]] : [])),
  )
}

function mapObject<Value>(object: unknown, change: (value: unknown) => Value): Record<string, Value> {
  const entries = isObject(object) ? Object.entries(object) : []
  return Object.assign(Object.create(null), Object.fromEntries(entries.map(([key, value]) => [key, change(value)])))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
