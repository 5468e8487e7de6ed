// Owns what the fast lane takes for a request: a strict subset of HTTP/1.1, all or nothing, never a guess.

/** A request head that is understood to the last byte. */
export interface RequestHead {
  readonly method: string
  readonly target: string
  /** Names in lower case, and values, in turn; no name stands twice. */
  readonly rawHeaders: readonly string[]
  /** Bytes of body that follow; 0 without a body. */
  readonly contentLength: number
  /** The client asked to close the connection after this reply. */
  readonly close: boolean
  /** The offset of the body. */
  readonly bodyStart: number
}

/** Whole request lines, to the letter: `POST /v1/chat/completions HTTP/1.1`. */
export type RequestLines = ReadonlyMap<string, { readonly method: 'GET' | 'POST'; readonly path: string }>

/** As much as Node's own parser takes. */
const MAX_HEAD_BYTES = 16 * 1024
/** Comparing each name with all before it is cheap for a few headers only. */
const MAX_HEADERS = 64
/** More digits than any length that fits. */
const MAX_LENGTH_DIGITS = 12

const END_OF_HEAD = Buffer.from('\r\n\r\n')
const RETURN = 0x0d
const NEWLINE = 0x0a
const COLON = 0x3a
const SPACE = 0x20
const TAB = 0x09

/** Headers that change how a message is framed or who answers it: node:http knows all about them. */
const othersBusiness = new Set([
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'http2-settings',
  'proxy-connection',
  'keep-alive',
])

/** RFC 9110, section 5.6.2: the characters of a token. */
const isTokenCode = codes("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

function codes(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

/**
 * Reads the head of a request that begins at `from`.
 * @param lines the request lines that the lane serves.
 * @returns `undefined` for anything that is not wholly there or not wholly plain: another parser must judge it, from
 * its first byte.
 */
export function readRequestHead(bytes: Buffer, from: number, lines: RequestLines): RequestHead | undefined {
  const headEnd = bytes.indexOf(END_OF_HEAD, from)
  if (headEnd < 0 || headEnd - from > MAX_HEAD_BYTES) return undefined
  // With the line break of the last header, so that every line ends in one.
  const text = bytes.toString('latin1', from, headEnd + 2)
  const lineEnd = text.indexOf('\r')
  const line = lines.get(text.slice(0, lineEnd))
  if (!line || text.charCodeAt(lineEnd + 1) !== NEWLINE) return undefined
  const rawHeaders = readHeaders(text, lineEnd + 2)
  if (!rawHeaders) return undefined
  return framed(line, rawHeaders, headEnd + 4)
}

/** All header lines of `text`, each ended by CRLF; `undefined` when one is not plain. */
function readHeaders(text: string, from: number): string[] | undefined {
  const headers: string[] = []
  let at = from
  while (at < text.length) {
    const nameStart = at
    while (isTokenCode[text.charCodeAt(at)] === 1) at += 1
    // No name, a fold of the line before, a space before the colon, or no colon at all.
    if (at === nameStart || text.charCodeAt(at) !== COLON) return undefined
    const name = text.slice(nameStart, at).toLowerCase()
    at += 1
    while (isSpace(text.charCodeAt(at))) at += 1
    const valueStart = at
    while (isValueCode(text.charCodeAt(at))) at += 1
    let valueEnd = at
    if (text.charCodeAt(at) !== RETURN || text.charCodeAt(at + 1) !== NEWLINE) return undefined
    at += 2
    while (valueEnd > valueStart && isSpace(text.charCodeAt(valueEnd - 1))) valueEnd -= 1
    if (headers.length >= MAX_HEADERS * 2 || othersBusiness.has(name)) return undefined
    // Which of two counts is a question with many answers.
    for (let index = 0; index < headers.length; index += 2) if (headers[index] === name) return undefined
    headers.push(name, text.slice(valueStart, valueEnd))
  }
  return headers
}

function framed(
  line: { readonly method: 'GET' | 'POST'; readonly path: string },
  rawHeaders: readonly string[],
  bodyStart: number,
): RequestHead | undefined {
  let hasHost = false
  let contentLength: number | undefined
  let close = false
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const value = rawHeaders[index + 1] as string
    switch (rawHeaders[index]) {
      case 'host':
        hasHost = value !== ''
        break
      case 'content-length':
        contentLength = wholeNumber(value)
        if (contentLength === undefined) return undefined
        break
      case 'connection': {
        const wish = value.toLowerCase()
        close = wish === 'close'
        if (!close && wish !== 'keep-alive') return undefined
        break
      }
    }
  }
  const hasBody = line.method === 'POST'
  if (!hasHost || hasBody !== (contentLength !== undefined)) return undefined
  return { method: line.method, target: line.path, rawHeaders, contentLength: contentLength ?? 0, close, bodyStart }
}

/** Digits and nothing else: no sign, no list, no space, no exponent. */
function wholeNumber(text: string): number | undefined {
  if (text.length === 0 || text.length > MAX_LENGTH_DIGITS) return undefined
  let value = 0
  for (let index = 0; index < text.length; index += 1) {
    const digit = text.charCodeAt(index) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB
}

/** RFC 9110, section 5.5: visible characters, space, tab, and the bytes above ASCII. No control character. */
function isValueCode(code: number): boolean {
  return (code >= SPACE && code !== 0x7f) || code === TAB
}
