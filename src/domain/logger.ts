// Owns the logging port. Events have a name and content-free fields: ids, sizes, codes, never a body or a key.

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

export interface Logger {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** One line for each request; absent where nobody keeps them, so that none is made. */
  readonly request?: ((fields: LogFields) => void) | undefined
}
