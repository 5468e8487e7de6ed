// Owns CSV as RFC 4180 has it: a header line, CR LF, quotes where a field needs them.

/** A column and how it is read from a row. */
export interface CsvColumn<Row> {
  readonly title: string
  readonly value: (row: Row) => string
}

/** @example csvText([{ title: 'user', value: (row) => row.user }], [{ user: 'a,"b"' }]) // 'user\r\n"a,""b"""\r\n' */
export function csvText<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  return csvHeader(columns) + csvLines(columns, rows)
}

/** The line of the titles. */
export function csvHeader<Row>(columns: readonly CsvColumn<Row>[]): string {
  return csvLine(columns.map(({ title }) => title))
}

/** The lines of some rows, without the titles. */
export function csvLines<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  return rows.map((row) => csvLine(columns.map(({ value }) => value(row)))).join('')
}

function csvLine(fields: readonly string[]): string {
  return `${fields.map(csvField).join(',')}\r\n`
}

/**
 * A spreadsheet takes what begins with = + - @ for a formula, and users name themselves: such a field gets an apostrophe.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
