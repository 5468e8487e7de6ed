// Owns the reading of a path's id and of a query.
import { AegisError } from '../domain/errors.ts'
import type { Exchange } from './exchange.ts'

const PLAIN_ID = /^[\w.-]{1,128}$/

/** The part of `/v1/files/{id}` and `/v1/files/{id}/content` that names what is asked for. @throws AegisError `not_found` */
export function idInPath({ path }: Pick<Exchange, 'path'>): string {
  const id = path.replace(/^\/v1/, '').split('/')[2] ?? ''
  if (!PLAIN_ID.test(id)) throw new AegisError('not_found', 'There is nothing of this id.')
  return id
}

export function queryOf({ request }: Pick<Exchange, 'request'>): URLSearchParams {
  const mark = request.target.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : request.target.slice(mark + 1))
}
