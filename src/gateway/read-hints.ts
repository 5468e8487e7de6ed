// Owns the routing hints of a request: the `aegis` member of the body and the x-aegis-* headers, joined upward.
import type { JsonValue } from '../domain/chat-body.ts'
import { type DataClassification, dataClassifications, join } from '../domain/data-classification.ts'
import { AegisError } from '../domain/errors.ts'
import { complexities, qualityRequirements, type TaskHints } from '../domain/task.ts'

/** A hint's name in the body; its header is `x-aegis-` and the name with dashes. */
export const hintNames = [
  'data_classification',
  'quality_requirement',
  'complexity',
  'batch_size',
  'session',
  'tags',
  'model_local',
  'model_cloud',
  'model_openai',
] as const
export type HintName = (typeof hintNames)[number]

const HEADER_PREFIX = 'x-aegis-'
const headerNames: ReadonlyMap<string, HintName> = new Map(
  hintNames.map((name) => [HEADER_PREFIX + name.replaceAll('_', '-'), name]),
)

/** More is not a batch but a mistake. */
export const MAX_BATCH_SIZE = 1_000_000

export const MAX_TAGS = 16
export const MAX_TAG_LENGTH = 128

type RawHints = Partial<Record<HintName, { readonly value: unknown; readonly from: string }[]>>

/**
 * What the caller said about the request. Where two places disagree the more restrictive or demanding one holds.
 * @param rawHeaders names and values as they came, so that a repeated header is seen.
 * @throws AegisError `invalid_request` for an unknown value or a misspelt hint: a declaration is never ignored.
 */
export function readHints(aegis: JsonValue | undefined, rawHeaders: readonly string[]): TaskHints {
  const raw: RawHints = {}
  collectHeaders(rawHeaders, raw)
  if (aegis !== undefined) collectBody(aegis, raw)
  const classifications = values(raw.data_classification, dataClassifications)
  const qualities = values(raw.quality_requirement, qualityRequirements)
  const complexity = values(raw.complexity, complexities)
  const batchSizes = raw.batch_size?.map(readBatchSize) ?? []
  return {
    dataClassification:
      classifications.length === 0 ? undefined : classifications.reduce<DataClassification>(join, 'public'),
    qualityRequirement: highest(qualities, qualityRequirements),
    complexity: highest(complexity, complexities),
    batchSize: batchSizes.length === 0 ? undefined : Math.max(...batchSizes),
    session: oneText(raw.session),
    tags: readTags(raw.tags),
    modelLocal: oneText(raw.model_local),
    modelCloud: oneText(raw.model_cloud),
    modelOpenai: oneText(raw.model_openai),
  }
}

function collectHeaders(rawHeaders: readonly string[], raw: RawHints): void {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] ?? ''
    // Most headers are not of this kind, and lower case costs a copy.
    if (header[0] !== 'x' && header[0] !== 'X') continue
    if (header.length < HEADER_PREFIX.length || header.slice(0, HEADER_PREFIX.length).toLowerCase() !== HEADER_PREFIX)
      continue
    const name = headerNames.get(header.toLowerCase())
    if (!name) {
      const known = [...headerNames.keys()].join(', ')
      throw new AegisError(
        'invalid_request',
        `Unknown header ${header.slice(0, 60).toLowerCase()}. Known are ${known}.`,
        { param: header.slice(0, 60).toLowerCase() },
      )
    }
    const value = rawHeaders[index + 1] ?? ''
    note(raw, name, value, header.toLowerCase())
  }
}

function collectBody(aegis: JsonValue, raw: RawHints): void {
  if (typeof aegis !== 'object' || aegis === null || Array.isArray(aegis)) {
    throw new AegisError('invalid_request', 'aegis must be an object of routing hints.', { param: 'aegis' })
  }
  for (const [key, value] of Object.entries(aegis)) {
    const name = hintNames.find((one) => one === key)
    if (!name) {
      throw new AegisError('invalid_request', `aegis has an unknown member. Known are ${hintNames.join(', ')}.`, {
        param: `aegis.${key.slice(0, 60)}`,
      })
    }
    note(raw, name, value, `aegis.${name}`)
  }
}

function note(raw: RawHints, name: HintName, value: unknown, from: string): void {
  const given = raw[name] ?? []
  given.push({ value, from })
  raw[name] = given
}

function values<Value extends string>(given: RawHints[HintName], allowed: readonly Value[]): Value[] {
  return (given ?? []).map(({ value, from }) => {
    const found = allowed.find((one) => one === value)
    if (found === undefined)
      throw new AegisError('invalid_request', `${from} must be one of ${allowed.join(', ')}.`, { param: from })
    return found
  })
}

function highest<Value extends string>(given: readonly Value[], order: readonly Value[]): Value | undefined {
  return given.reduce<Value | undefined>(
    (best, one) => (best === undefined || order.indexOf(one) > order.indexOf(best) ? one : best),
    undefined,
  )
}

function readBatchSize({ value, from }: { readonly value: unknown; readonly from: string }): number {
  const size = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > MAX_BATCH_SIZE) {
    throw new AegisError('invalid_request', `${from} must be a whole number from 1 to ${MAX_BATCH_SIZE}.`, {
      param: from,
    })
  }
  return size
}

/** All that were given anywhere, each once: a budget of one tag more can only hold a request back. Undefined when there are none. */
function readTags(given: RawHints[HintName]): readonly string[] | undefined {
  const tags = new Set<string>()
  for (const { value, from } of given ?? []) {
    const list = typeof value === 'string' && from.startsWith(HEADER_PREFIX) ? value.split(',') : value
    const wrong = (must: string) => new AegisError('invalid_request', `${from} ${must}.`, { param: from })
    if (!Array.isArray(list)) throw wrong('must be a list of texts')
    for (const entry of list) {
      const tag: unknown = typeof entry === 'string' ? entry.trim() : entry
      if (typeof tag !== 'string' || tag === '' || tag.length > MAX_TAG_LENGTH || !/^[^\p{Cc},]+$/u.test(tag))
        throw wrong(`must hold texts of 1 to ${MAX_TAG_LENGTH} characters without commas`)
      tags.add(tag)
    }
    if (tags.size > MAX_TAGS) throw wrong(`must not name more than ${MAX_TAGS} tags`)
  }
  return tags.size === 0 ? undefined : [...tags]
}

function oneText(given: RawHints[HintName]): string | undefined {
  const first = given?.[0]
  if (!first) return undefined
  for (const { value, from } of given) {
    if (typeof value !== 'string' || value === '' || value.length > 256) {
      throw new AegisError('invalid_request', `${from} must be a text of 1 to 256 characters.`, { param: from })
    }
    if (value !== first.value)
      throw new AegisError('invalid_request', `${first.from} and ${from} say different things.`, { param: from })
  }
  return first.value as string
}
