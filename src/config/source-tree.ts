// Owns a configuration as it was written, before it is checked: plain values and where each of them stands.

/** What YAML and JSON can say. Absent entries are left out of mappings; `null` is an entry without a value. */
export type PlainValue = string | number | boolean | null | readonly PlainValue[] | PlainMapping
export interface PlainMapping {
  readonly [key: string]: PlainValue
}

/** The keys and list positions from the top to a setting. */
export type SettingPath = readonly (string | number)[]

/** Line and column, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface SourceTree {
  /** The file's name, for messages. */
  readonly file: string
  readonly root: PlainValue
  /** Where a setting's key or value is written; undefined when it is not there or the source was an object. */
  positionOf(path: SettingPath, part: 'key' | 'value'): Position | undefined
}

/** More values than a configuration can need; fewer than would take noticeable time. */
export const MAX_VALUES = 20_000
/** More levels than a configuration can need; fewer than would exhaust the stack. */
export const MAX_DEPTH = 64

const MAX_PATH_LENGTH = 160

export function isMapping(value: PlainValue | undefined): value is PlainMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The path as a user reads it: `pricing.openai["gpt-4.1"].input_per_million`. */
export function pathText(path: SettingPath): string {
  let text = ''
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`
    else if (/^[A-Za-z_$][\w-]*$/.test(segment)) text += text === '' ? shownKey(segment) : `.${shownKey(segment)}`
    else text += `[${JSON.stringify(shownKey(segment))}]`
  }
  return text.length > MAX_PATH_LENGTH ? `${text.slice(0, MAX_PATH_LENGTH)}…` : text
}

/** A key as it may be shown: what looks like a provider's key, or has one joined to it, is cut. */
function shownKey(key: string): string {
  const secret = /^\s*([\w-]*(?:key|authorization|token|password|secret))\s*[:=]/i.exec(key)
  if (secret) return `${secret[1]}:…`
  if (/^(?:sk|pk|gsk|xai|key|Bearer)[-_ ]\S{8,}/i.test(key)) return '…'
  return key.length > 60 ? `${key.slice(0, 60)}…` : key
}
