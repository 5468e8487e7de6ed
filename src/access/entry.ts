// Owns the reading of what is written of a key, a user, a budget or a price: each member checked, none ignored.
import { AegisError } from '../domain/errors.ts'

const LONGEST_TEXT = 256
const MOST_NAMES = 1000
const MOST_METADATA_CHARACTERS = 16_384

/**
 * The members of an entry. A method answers undefined when the member is not there, and null when it is null.
 * @example new Entry({ alias: 'Ada' }, ['alias', 'blocked']).text('alias') // 'Ada'
 */
export class Entry<Name extends string> {
  readonly #members: Readonly<Record<string, unknown>>

  /** @throws AegisError `invalid_request` whose `param` is a member that there is not. */
  constructor(members: object, known: readonly Name[]) {
    for (const name of Object.keys(members)) {
      if (!known.some((one) => one === name))
        refuse(name.slice(0, 80), `There is no such member. There are ${known.join(', ')}.`)
    }
    this.#members = members as Readonly<Record<string, unknown>>
  }

  has(name: Name): boolean {
    return this.#members[name] !== undefined
  }

  /** Of one line. */
  text(name: Name): string | null | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return value
    return isName(value) ? value : refuse(name, `It must be text of one line with 1 to ${LONGEST_TEXT} characters.`)
  }

  flag(name: Name): boolean | undefined {
    const value = this.#members[name] ?? undefined
    return value === undefined || typeof value === 'boolean' ? value : refuse(name, 'It must be true or false.')
  }

  wholeNumber(name: Name, from: number, to: number): number | null | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return value
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to
    return fits ? value : refuse(name, `It must be a whole number from ${from} to ${to}.`)
  }

  /** Dollars and the like: `convert` throws for what is none. */
  amount<Amount>(name: Name, convert: (value: number | string) => Amount): Amount | null | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return value
    try {
      if (typeof value === 'number' || typeof value === 'string') return convert(value)
    } catch {
      // Said below, with the member's name.
    }
    return refuse(name, 'It must be an amount in US dollars from 0 to 9000000.')
  }

  /** A time in ISO 8601; without an offset it is UTC. @returns milliseconds since 1970. */
  moment(name: Name): number | null | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return value
    const [, time, offset = 'Z'] =
      (typeof value === 'string' &&
        /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/.exec(value)) ||
      []
    const moment = time === undefined ? Number.NaN : Date.parse(`${time.replace(' ', 'T')}${offset}`)
    return Number.isFinite(moment) ? moment : refuse(name, 'It must be a time such as 2026-11-01T08:00:00Z.')
  }

  oneOf<Value extends string>(name: Name, values: readonly Value[]): Value | null | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return value
    return values.find((one) => one === value) ?? refuse(name, `It must be one of ${values.join(', ')}.`)
  }

  names(name: Name): readonly string[] | null | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return value
    if (Array.isArray(value) && value.length <= MOST_NAMES && value.every(isName)) return [...new Set(value)]
    return refuse(name, `It must be a list of at most ${MOST_NAMES} texts of one line.`)
  }

  metadata(name: Name): Readonly<Record<string, unknown>> | undefined {
    const value = this.#members[name] ?? undefined
    if (value === undefined) return undefined
    const isObject = typeof value === 'object' && !Array.isArray(value)
    if (isObject && JSON.stringify(value).length <= MOST_METADATA_CHARACTERS) return value as Record<string, unknown>
    return refuse(name, `It must be an object of at most ${MOST_METADATA_CHARACTERS} characters.`)
  }
}

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= LONGEST_TEXT &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value)
  )
}

/** @throws AegisError `invalid_request`; it quotes nothing. */
export function refuse(param: string, message: string): never {
  throw new AegisError('invalid_request', `${param}: ${message}`, { param })
}

/** A record without the members that are undefined. */
export function stated<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Members]?: Exclude<Members[Name], undefined>
  }
}
