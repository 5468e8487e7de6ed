// Owns what PostgreSQL cannot take of a text, so that one strange name never keeps a whole batch from being written.
import { createHash } from 'node:crypto'

/** Four names of this length fit in one entry of an index, which has 2704 bytes. Three bytes for each code unit. */
const MOST_CODE_UNITS = 200

/**
 * Without NUL, which PostgreSQL's texts do not have, and without halves of surrogate pairs, which UTF-8 does not have.
 * @example storedText('a\0b') // 'a\uFFFDb'
 */
export function storedText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** The same for a name, which has an entry in an index: a very long one is cut, and still differs from all others. */
export function storedName(name: string): string {
  if (name.length <= MOST_CODE_UNITS) return storedText(name)
  const digest = createHash('sha256').update(name).digest('hex')
  return `${storedText(name.slice(0, MOST_CODE_UNITS - 65))}~${digest}`
}

/** A list as PostgreSQL writes one: `{"a","b"}`. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
export function arrayText(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}
