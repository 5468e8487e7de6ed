// Owns CSV as RFC 4180 has it: a header line, CR LF, quotes where a field needs them.
import type { Column } from '../table.ts'

/** Writes rows to standard output as CSV. */
export function sayCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
  process.stdout.write(csvText(columns, rows))
}

/** @example csvText([{ title: 'user', value: (row) => row.user }], [{ user: 'a,"b"' }]) // 'user\r\n"a,""b"""\r\n' */
export function csvText<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => value(row)))]
  return lines.map((fields) => `${fields.map(csvField).join(',')}\r\n`).join('')
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
