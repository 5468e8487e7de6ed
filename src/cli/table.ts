// Owns tables: aligned and fitted on a terminal, tab-separated in a pipe.
import { printable, type Style, say, styled, terminalColumns } from './terminal.ts'

/** One column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  /** Numbers stand on the right and are never shortened. */
  readonly right?: boolean
  readonly style?: (row: Row) => Style | undefined
  /** Left out of a pipe: a picture of what another column says. */
  readonly terminalOnly?: boolean
}

/** How a table is laid out. */
export interface TableLayout {
  /** Columns of the terminal; undefined for a pipe. */
  readonly width: number | undefined
  readonly paint: (style: Style, text: string) => string
}

const GAP = '  '
const NARROWEST = 6

/** Writes a table to standard output. */
export function sayTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
  for (const line of tableLines(columns, rows, { width: terminalColumns(), paint: styled })) say(line)
}

/**
 * The lines of a table, its titles first. On a terminal texts are shortened, the widest first, until the line fits.
 * @example tableLines([{ title: 'provider', value: (row) => row.name }], rows, { width: 80, paint: styled })
 */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], layout: TableLayout): string[] {
  const { width, paint } = layout
  if (width === undefined) {
    const plain = columns.filter(({ terminalOnly }) => !terminalOnly)
    const lines = rows.map((row) => plain.map(({ value }) => printable(value(row))).join('\t'))
    return [plain.map(({ title }) => title).join('\t'), ...lines]
  }
  const cells = rows.map((row) => columns.map(({ value }) => printable(value(row))))
  const widths = fittedWidths(columns, cells, width)
  const head = columns.map(({ title, right }, index) => paint('dim', pad(title, widths[index] ?? 0, right)))
  const body = rows.map((row, place) =>
    columns.map(({ right, style }, index) => {
      const cell = pad(cells[place]?.[index] ?? '', widths[index] ?? 0, right)
      const chosen = style?.(row)
      return chosen === undefined ? cell : paint(chosen, cell)
    }),
  )
  return [head, ...body].map((line) => line.join(GAP).trimEnd())
}

function fittedWidths<Row>(columns: readonly Column<Row>[], cells: readonly string[][], width: number): number[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => [...(row[index] ?? '')].length)),
  )
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1))
  while (total() > width) {
    const texts = widths.map((one, index) => (columns[index]?.right ? 0 : one))
    const widest = Math.max(...texts)
    if (widest <= NARROWEST) break
    widths[texts.indexOf(widest)] = widest - 1
  }
  return widths
}

function pad(text: string, width: number, right: boolean | undefined): string {
  const letters = [...text]
  const shown = letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : text
  const space = ' '.repeat(Math.max(0, width - letters.length))
  return right ? space + shown : shown + space
}
