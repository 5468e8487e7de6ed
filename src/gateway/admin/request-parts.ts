// Owns what an /admin handler reads of a request beside its body: the query string, the id in the path, the format asked for.
import { AegisError } from '../../domain/errors.ts'
import type { Exchange } from '../exchange.ts'

/** The parameters of a query string; each may be sent once, and only those that the route knows. */
export class Query {
  readonly #values = new Map<string, string>()

  /** @throws AegisError `invalid_request` whose `param` is the parameter at fault. */
  constructor(search: string, known: readonly string[]) {
    for (const [name, value] of new URLSearchParams(search)) {
      if (!known.includes(name))
        refuse(name.slice(0, 80), `There is no such parameter. There are ${known.join(', ') || 'none'}.`)
      if (this.#values.has(name)) refuse(name, 'It is given twice.')
      this.#values.set(name, value)
    }
  }

  text(name: string): string | undefined {
    return this.#values.get(name)
  }

  wholeNumber(name: string, from: number, to: number): number | undefined {
    const text = this.#values.get(name)
    if (text === undefined) return undefined
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return number >= from && number <= to ? number : refuse(name, `It must be a whole number from ${from} to ${to}.`)
  }

  /** A date in UTC, or a time with its offset. @returns milliseconds since 1970. */
  moment(name: string): number | undefined {
    const text = this.#values.get(name)
    if (text === undefined) return undefined
    const wellFormed = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
    const moment = wellFormed ? Date.parse(text) : Number.NaN
    if (moment >= 0) return moment
    return refuse(name, 'It must be a date such as 2026-11-01, or a time such as 2026-11-01T08:00:00Z.')
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    const text = this.#values.get(name)
    if (text === undefined) return undefined
    return values.find((value) => value === text) ?? refuse(name, `It must be one of ${values.join(', ')}.`)
  }
}

/** @param known the parameters that the route has. @throws AegisError */
export function queryOf({ request }: Exchange, known: readonly string[]): Query {
  const { target } = request
  const mark = target.indexOf('?')
  return new Query(mark < 0 ? '' : target.slice(mark + 1), known)
}

/** The last part of the path, decoded. @throws AegisError for a `%` that encodes nothing. */
export function idOf({ path }: Exchange): string {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))
  } catch {
    return refuse('id', 'It is not encoded as a part of a path is.')
  }
}

/** Whether the client would rather have CSV than JSON. */
export function prefersCsv({ request }: Exchange): boolean {
  return /^\s*text\/csv\b/.test(request.header('accept') ?? '')
}

function refuse(param: string, message: string): never {
  throw new AegisError('invalid_request', `${param}: ${message}`, { param })
}
