// Owns the reading of a batch's input file: one request a line, and what is wrong with it by line, never quoted.
import { scanMembers } from '../domain/json-members.ts'
import type { BatchEndpoint, BatchLine, LineError } from './batch-about.ts'

/** OpenAI's own limit. */
const MOST_LINES = 50_000
/** More help nobody. */
const MOST_ERRORS = 100
const LONGEST_ID = 512
const NEWLINE = 0x0a

/** After so much of a file other requests have their turn. */
const BYTES_AT_ONCE = 256 * 1024

export interface ReadLines {
  readonly lines: readonly BatchLine[]
  readonly errors: readonly LineError[]
}

/** The lines, or what is wrong: never both. A large file is read in turns with everything else. */
export async function readLines(file: Buffer, endpoint: BatchEndpoint): Promise<ReadLines> {
  const lines: BatchLine[] = []
  const errors: LineError[] = []
  const ids = new Set<string>()
  let readBytes = 0
  for (const { line, bytes } of splitLines(file)) {
    readBytes += bytes.length
    if (readBytes > BYTES_AT_ONCE) {
      readBytes = 0
      await new Promise((resolve) => setImmediate(resolve))
    }
    const read = readLine(bytes, line, endpoint)
    const repeated = 'customId' in read && ids.has(read.customId)
    if (!('customId' in read)) errors.push(read)
    else if (repeated)
      errors.push(fault(line, 'duplicate_custom_id', 'custom_id stands in an earlier line, too', 'custom_id'))
    else {
      ids.add(read.customId)
      lines.push(read)
    }
    if (errors.length >= MOST_ERRORS) break
    if (lines.length > MOST_LINES)
      return { lines: [], errors: [fault(line, 'too_many_requests', `a batch has at most ${MOST_LINES} lines`, null)] }
  }
  if (errors.length > 0) return { lines: [], errors }
  if (lines.length === 0) return { lines, errors: [fault(null, 'empty_file', 'the input file has no lines', null)] }
  return { lines, errors }
}

function* splitLines(file: Buffer): Generator<{ readonly line: number; readonly bytes: Buffer }> {
  let start = 0
  for (let line = 1; start < file.length; line += 1) {
    const found = file.indexOf(NEWLINE, start)
    const end = found < 0 ? file.length : found
    const bytes = file.subarray(start, end)
    if (bytes.toString('latin1').trim() !== '') yield { line, bytes }
    start = end + 1
  }
}

function readLine(bytes: Buffer, line: number, endpoint: BatchEndpoint): BatchLine | LineError {
  let parsed: unknown
  try {
    parsed = JSON.parse(bytes.toString('utf8'))
  } catch {
    return fault(line, 'invalid_json_line', 'this line is not valid JSON', null)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return fault(line, 'invalid_json_line', 'this line is not a JSON object', null)
  const { custom_id: customId, method, url, body } = parsed as Record<string, unknown>
  if (typeof customId !== 'string' || customId === '' || customId.length > LONGEST_ID)
    return fault(
      line,
      'missing_required_parameter',
      `custom_id must be a text of 1 to ${LONGEST_ID} characters`,
      'custom_id',
    )
  if (method !== 'POST') return fault(line, 'invalid_method', 'method must be POST', 'method')
  if (url !== endpoint) return fault(line, 'mismatched_url', `url must be ${endpoint}, as the batch says`, 'url')
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return fault(line, 'missing_required_parameter', 'body must be the request, an object', 'body')
  // The last one of several, as the parser takes it: whoever reads the body refuses keys that stand twice in it.
  const span = scanMembers(bytes).members.findLast(({ key }) => key === 'body')
  if (!span) return fault(line, 'missing_required_parameter', 'body must be written plainly', 'body')
  return { line, customId, body: bytes.subarray(span.valueStart, span.end) }
}

function fault(line: number | null, code: string, message: string, param: string | null): LineError {
  return { code, line, message: `${message}.`, param }
}
