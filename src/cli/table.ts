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
  /** Left out of a terminal that is too narrow, the highest number first. */
  readonly dispensable?: number
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
 * The lines of a table, its titles first. On a terminal that is too narrow dispensable columns are left out, and then
 * texts are shortened, the widest first.
 * @example tableLines([{ title: 'provider', value: (row) => row.name }], rows, { width: 80, paint: styled })
 */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], layout: TableLayout): string[] {
  const { width, paint } = layout
  if (width === undefined) return plainLines(columns, rows)
  const measured = measure(columns, rows)
  while (totalWidth(measured) > width) {
    const least = measured.toSorted((left, right) => rankOf(right) - rankOf(left))[0]
    if (!least || rankOf(least) === 0) break
    measured.splice(measured.indexOf(least), 1)
  }
  while (totalWidth(measured) > width) {
    const widest = measured.filter(({ column }) => !column.right).toSorted((left, right) => right.width - left.width)[0]
    if (!widest || widest.width <= NARROWEST) break
    widest.width -= 1
  }
  const head = measured.map(({ column, width }) => paint('dim', pad(column.title, width, column.right)))
  const body = rows.map((row, place) =>
    measured.map(({ column, width, cells }) => {
      const cell = pad(cells[place] ?? '', width, column.right)
      const style = column.style?.(row)
      return style === undefined ? cell : paint(style, cell)
    }),
  )
  return [head, ...body].map((line) => line.join(GAP).trimEnd())
}

function plainLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const shown = columns.filter(({ terminalOnly }) => !terminalOnly)
  const lines = rows.map((row) => shown.map(({ value }) => printable(value(row))).join('\t'))
  return [shown.map(({ title }) => title).join('\t'), ...lines]
}

/** A column with its texts, and the width that it will have. */
interface Measured<Row> {
  readonly column: Column<Row>
  readonly cells: readonly string[]
  width: number
}

function measure<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Measured<Row>[] {
  return columns.map((column) => {
    const cells = rows.map((row) => printable(column.value(row)))
    const width = Math.max(column.title.length, ...cells.map((cell) => [...cell].length))
    return { column, cells, width }
  })
}

function rankOf<Row>({ column }: Measured<Row>): number {
  return column.dispensable ?? 0
}

function totalWidth<Row>(measured: readonly Measured<Row>[]): number {
  return measured.reduce((sum, { width }) => sum + width, GAP.length * (measured.length - 1))
}

function pad(text: string, width: number, right: boolean | undefined): string {
  const letters = [...text]
  const shown = letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : text
  const space = ' '.repeat(Math.max(0, width - letters.length))
  return right ? space + shown : shown + space
}
