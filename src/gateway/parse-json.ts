// Owns the parsing of a JSON body, with errors that name the place and never quote the text.
import type { JsonObject, MemberSpan } from '../domain/chat-body.ts'
import { AegisError } from '../domain/errors.ts'
import { countKeys, findDuplicateKey, keysAreMisread, scanMembers } from '../domain/json-members.ts'

/** Real requests nest a few levels; deeper ones are an attack on whoever walks them. */
const MAX_DEPTH = 128

export interface ParsedBody {
  readonly view: JsonObject
  readonly members: readonly MemberSpan[]
}

/** @throws AegisError `invalid_request` for what is not one JSON object, repeats a key or nests too deeply. */
export function parseJsonObject(bytes: Buffer): ParsedBody {
  if (bytes.length === 0) throw new AegisError('invalid_request', 'The body is empty. Send a JSON object.')
  let view: unknown
  try {
    view = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new AegisError('invalid_request', `The body is not valid JSON${placeOf(error, bytes)}.`)
  }
  if (typeof view !== 'object' || view === null || Array.isArray(view)) {
    throw new AegisError('invalid_request', 'The body must be a JSON object.')
  }
  const { members, keyCount, depth, hasEscapedKey } = scanMembers(bytes)
  if (depth > MAX_DEPTH) throw new AegisError('invalid_request', `The body nests deeper than ${MAX_DEPTH} levels.`)
  if (keyCount !== countKeys(view)) {
    const path = findDuplicateKey(bytes)?.slice(0, 200)
    throw new AegisError(
      'invalid_request',
      `A key stands twice in one object: ${path ?? 'unknown'}. Send each key once.`,
      { param: path },
    )
  }
  if (hasEscapedKey && keysAreMisread(bytes, view))
    throw new AegisError(
      'invalid_request',
      'A key is written with an escape that not every parser reads. Write it plainly.',
    )
  refuseOtherCase(members)
  return { view: view as JsonObject, members }
}

/** Members that we read or that choose who answers. */
const guardedKeys = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'n',
  'options',
  'input',
  'aegis',
])

/**
 * Servers written in Go, Ollama among them, take `MODEL` for `model`, and the last one wins: what we read would not be
 * what they read.
 */
function refuseOtherCase(members: readonly MemberSpan[]): void {
  for (const { key } of members) {
    // Go folds the long s and the Kelvin sign too; only the way through upper case does the same.
    const lower = key.toUpperCase().toLowerCase()
    if (key !== lower && guardedKeys.has(lower)) {
      throw new AegisError('invalid_request', `The member ${lower} must be written in lower case.`, { param: lower })
    }
  }
}

/**
 * V8 names the place in characters, at the end of its message or not at all; everything else there quotes the body,
 * and could quote a false place.
 */
function placeOf(error: unknown, bytes: Buffer): string {
  const message = error instanceof Error ? error.message : ''
  if (message.startsWith('Unexpected end')) return ': it ends too early'
  const position = / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1]
  if (position === undefined) return ''
  const before = bytes.toString('utf8').slice(0, Number(position))
  const line = before.split('\n').length
  return ` at line ${line}, column ${before.length - before.lastIndexOf('\n')}`
}
