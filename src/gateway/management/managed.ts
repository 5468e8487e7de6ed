// Owns what all management routes have in common: their headers, their paging, and how what is wrong is told.
import { AegisError } from '../../domain/errors.ts'
import { bodyOf, type Exchange, type Handler } from '../exchange.ts'
import { parseJsonObject } from '../parse-json.ts'

/** Answers hold names and keys: nobody keeps them, and no page shows them in a frame. */
const MANAGEMENT_HEADERS = [
  'cache-control',
  'private, no-store, no-cache',
  'vary',
  'Authorization',
  'x-content-type-options',
  'nosniff',
  'x-frame-options',
  'DENY',
] as const

const LARGEST_PAGE = 1000
const DEFAULT_PAGE = 100

/** A wrong body or parameter is 422 here, and a ledger that is away an error of its own. */
export function managed(handler: Handler): Handler {
  return async (exchange) => {
    exchange.headers.push(...MANAGEMENT_HEADERS)
    try {
      await handler(exchange)
    } catch (error) {
      throw managementError(error)
    }
  }
}

function managementError(error: unknown): unknown {
  if (error instanceof AegisError) {
    if (error.code !== 'invalid_request') return error
    return new AegisError('invalid_request', error.message, { param: error.param, status: 422 })
  }
  const away = error instanceof Error && 'code' in error && error.code === 'ledger_unavailable'
  if (!away) return error
  const message = 'The ledger cannot be reached now. Nothing was changed, or it is not known whether it was.'
  return new AegisError('ledger_unavailable', message, { retryAfterSeconds: 1, cause: error })
}

export async function membersOf(exchange: Exchange): Promise<object> {
  return parseJsonObject(await bodyOf(exchange)).view
}

export function sendNothing({ reply, headers }: Exchange): void {
  reply.send(204, headers, Buffer.alloc(0))
}

/** The part of the path at a place, decoded: `/v1/users/{id}/usage` has its id at 3. */
export function partOf({ path }: Exchange, place: number): string {
  return decoded(path.split('/')[place] ?? '')
}

/** From a place on to the end, slashes included. */
export function restOf({ path }: Exchange, place: number): string {
  return decoded(path.split('/').slice(place).join('/'))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new AegisError('invalid_request', 'id: It is not encoded as a part of a path is.', { param: 'id' })
  }
}

export interface Page {
  readonly skip: number
  readonly limit: number
}

/** Parameters that nobody knows are passed over, as the programs expect that these routes were made for. */
export function queryOf({ request: { target } }: Exchange): URLSearchParams {
  const mark = target.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
}

/** @throws AegisError `invalid_request` for bounds that are none. */
export function pageOf(query: URLSearchParams): Page {
  return {
    skip: wholeNumber(query, 'skip', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    limit: wholeNumber(query, 'limit', 1, LARGEST_PAGE) ?? DEFAULT_PAGE,
  }
}

export function cut<Item>(items: readonly Item[], { skip, limit }: Page): readonly Item[] {
  return items.slice(skip, skip + limit)
}

function wholeNumber(query: URLSearchParams, name: string, from: number, to: number): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number >= from && number <= to) return number
  throw new AegisError('invalid_request', `${name}: It must be a whole number from ${from} to ${to}.`, { param: name })
}
