// Owns the shape of an embedding request: wrong types are named, unknown members are left alone.
import { AegisError } from './errors.ts'
import type { JsonObject, JsonValue } from './request-body.ts'

/** OpenAI's own limit (https://developers.openai.com/api/reference/resources/embeddings). */
const MOST_INPUTS = 2048
const MOST_DIMENSIONS = 100_000

/** @throws AegisError `invalid_request` whose `param` is the path of the member at fault. */
export function checkEmbedding(view: JsonObject): void {
  checkInput(view.input)
  const { dimensions, encoding_format: format } = view
  if (!isAbsent(dimensions) && !isWholeNumber(dimensions, 1, MOST_DIMENSIONS))
    throw wrong('dimensions', `must be a whole number from 1 to ${MOST_DIMENSIONS}`)
  if (!isAbsent(format) && format !== 'float' && format !== 'base64')
    throw wrong('encoding_format', 'must be float or base64')
  if (view.stream === true) throw wrong('stream', 'must be left out: embeddings come whole')
}

function checkInput(input: JsonValue | undefined): void {
  if (isAbsent(input)) throw wrong('input', 'is missing: send a text, a list of texts or token ids')
  if (typeof input === 'string') {
    if (input === '') throw wrong('input', 'must not be empty')
    return
  }
  if (!Array.isArray(input)) throw wrong('input', 'must be a text, a list of texts or token ids')
  if (input.length === 0) throw wrong('input', 'must not be empty')
  if (input.every(isToken)) return
  if (input.length > MOST_INPUTS) throw wrong('input', `must have at most ${MOST_INPUTS} entries`)
  const first = typeof input[0]
  for (const [index, one] of input.entries()) {
    const isTokens = Array.isArray(one) && one.length > 0 && one.every(isToken)
    if (typeof one !== first || !(isTokens || (typeof one === 'string' && one !== '')))
      throw wrong(`input[${index}]`, 'must be a text that is not empty, or a list of token ids as all others are')
  }
}

function isAbsent(value: JsonValue | undefined): value is undefined | null {
  return value === undefined || value === null
}

function isToken(value: JsonValue): boolean {
  return isWholeNumber(value, 0, 0x7fff_ffff)
}

function isWholeNumber(value: JsonValue | undefined, from: number, to: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to
}

function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}
