// Owns the head of a reply in the fast lane: the bytes that node:http would write, in one string.
import type { HeaderList } from './http-exchange.ts'
import { STATUS_CODES } from './node-http.ts'

/** What node:http refuses in a value too: a header must not bring another one (RFC 9110, section 5.5). */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/

const statusLines = new Map(
  Object.entries(STATUS_CODES).map(([status, words]) => [Number(status), `HTTP/1.1 ${status} ${words}\r\n`]),
)

/** How the body of a reply is framed: by its length in bytes, or in chunks. */
export type BodyFraming = number | 'chunked'

/**
 * Status line and headers, with the empty line.
 * @param dateLine `Date: …\r\n`
 * @param persistence `Connection: …\r\n` and what belongs to it.
 * @throws TypeError for a value that cannot be sent.
 */
export function replyHead(
  status: number,
  headers: HeaderList,
  framing: BodyFraming,
  dateLine: string,
  persistence: string,
): string {
  let head = statusLines.get(status) ?? `HTTP/1.1 ${status} unknown\r\n`
  for (let index = 0; index < headers.length; index += 2) {
    const value = headers[index + 1] as string
    if (UNSENDABLE.test(value)) throw new TypeError(`the header ${headers[index]} cannot be sent`)
    head += `${headers[index]}: ${value}\r\n`
  }
  const length = framing === 'chunked' ? 'transfer-encoding: chunked\r\n' : `content-length: ${framing}\r\n`
  return `${head}${length}${dateLine}${persistence}\r\n`
}

/** The `Date` header, made once a second. */
export class DateLine {
  #second = 0
  #line = ''

  at(wallMs: number): string {
    const second = Math.floor(wallMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#line = `Date: ${new Date(second * 1000).toUTCString()}\r\n`
    }
    return this.#line
  }
}
