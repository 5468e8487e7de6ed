// Owns the spelling of environment references in text: `${NAME}`, `${NAME:-default}` and `$$` for one dollar sign.

/** The environment, handed in: a variable that is empty counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The value of a variable, or undefined when it is unset or empty. */
export function setVariable(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  return value === undefined || value.trim() === '' ? undefined : value
}

/** Text with its references resolved. */
export interface ExpandedText {
  readonly text: string
  /** Variables without a value and without a default. */
  readonly unset: readonly string[]
  /** A reference that cannot be read. */
  readonly malformed: boolean
}

/** Resolves the references of one string. A value is inserted as it is and never read again. */
export function expandReferences(source: string, env: Environment): ExpandedText {
  const unset: string[] = []
  let malformed = false
  const text = source.replace(/\$(?:\$|\{([^}]{0,4096})\}|\{)/g, (match: string, inside: string | undefined) => {
    if (match === '$$') return '$'
    const reference = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside ?? '')
    const name = reference?.[1]
    const fallback = reference?.[2]
    if (name === undefined || fallback?.includes('${')) {
      malformed = true
      return ''
    }
    const value = setVariable(env, name)
    if (value !== undefined) return value
    if (fallback === undefined) unset.push(name)
    return fallback?.replaceAll('$$', '$') ?? ''
  })
  return { text, unset, malformed }
}

/**
 * YAML ends an unquoted value inside `{ }` or `[ ]` at a brace, bracket or comma, so `{ api_key: ${KEY} }` would not
 * parse. These characters are therefore exchanged, one for one, inside references before parsing, and exchanged back
 * in each parsed string: nothing is inserted into the text, so no value can change its structure, and positions hold.
 */
const structural = '{}[],'
const FIRST_STAND_IN = 0xfdd0
const standIns = /[\uFDD0-\uFDD4]/g

export function hideReferences(text: string): string {
  return text.replace(/\$\{[A-Za-z_]\w*(?::-[^}$\r\n"']*)?\}/g, (reference) =>
    reference.replace(/[{}[\],]/g, (character) => String.fromCharCode(FIRST_STAND_IN + structural.indexOf(character))),
  )
}

export function showReferences(text: string): string {
  return text.replace(standIns, (character) => structural[character.charCodeAt(0) - FIRST_STAND_IN] ?? '')
}

/** True when text holds the characters that stand in for others, which are not characters at all in Unicode. */
export function hasStandIns(text: string): boolean {
  return text.search(standIns) >= 0
}
