// Owns the paging of OpenAI's lists: `limit` and `after`.
import { AegisError } from '../../domain/errors.ts'

const DEFAULT_LIMIT = 20
const MOST = 100

export interface ListPage {
  readonly limit: number
  readonly after: string | undefined
}

/** @throws AegisError `invalid_request` */
export function listPage(query: URLSearchParams): ListPage {
  const given = query.get('limit')
  const limit = given === null ? DEFAULT_LIMIT : Number(given)
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
    throw new AegisError('invalid_request', `limit must be a whole number from 1 to ${MOST}.`, { param: 'limit' })
  return { limit, after: query.get('after') ?? undefined }
}

/** A page of what is listed; one more than asked for was looked up. */
export function listObject<Item extends { readonly id: string }>(items: readonly Item[], limit: number): object {
  const data = items.slice(0, limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: items.length > limit,
  }
}
