// Owns the wrapper that keeps a key from being printed by accident.
import { inspect } from 'node:util'

/**
 * A key or password. `console.log`, `JSON.stringify`, template strings and `util.inspect` show `[secret]`.
 * @example new Secret('sk-…').reveal()
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself, for the one place that sends or compares it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
