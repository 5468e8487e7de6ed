// Tables: tab-separated in a pipe, aligned and fitted on a terminal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Column, tableLines } from './table.ts'

interface Row {
  readonly name: string
  readonly amount: string
}

const columns: readonly Column<Row>[] = [
  { title: 'name', value: ({ name }) => name, style: () => 'green' },
  { title: 'amount', value: ({ amount }) => amount, right: true },
  { title: 'note', value: () => 'a note', dispensable: 1 },
  { title: 'bar', value: () => '███', terminalOnly: true, dispensable: 2 },
]
const rows: readonly Row[] = [
  { name: 'openai', amount: '$0.5' },
  { name: 'a-provider-with-a-long-name', amount: '$12' },
]
const plain = (_style: unknown, text: string) => text

test('a pipe gets every column but pictures, separated by tabs and without styles', () => {
  const shout = (_style: unknown, text: string) => text.toUpperCase()
  assert.deepEqual(tableLines(columns, rows, { width: undefined, paint: shout }), [
    'name\tamount\tnote',
    'openai\t$0.5\ta note',
    'a-provider-with-a-long-name\t$12\ta note',
  ])
})

test('a terminal gets aligned columns, numbers on the right', () => {
  assert.deepEqual(tableLines(columns, rows, { width: 80, paint: plain }), [
    'name                         amount  note    bar',
    'openai                         $0.5  a note  ███',
    'a-provider-with-a-long-name     $12  a note  ███',
  ])
})

test('a narrow terminal loses dispensable columns first, then text, and never a digit', () => {
  assert.deepEqual(
    tableLines(columns, rows, { width: 44, paint: plain })[0],
    'name                         amount  note',
  )
  assert.deepEqual(tableLines(columns, rows, { width: 20, paint: plain }), [
    'name          amount',
    'openai          $0.5',
    'a-provider-…     $12',
  ])
  assert.ok(tableLines(columns, rows, { width: 3, paint: plain })[1]?.endsWith('$0.5'))
})

test('what others name cannot command the terminal or break a line', () => {
  const hostile = [{ name: 'x\u001b[2Jy\r\n\tz', amount: '1' }]
  for (const width of [undefined, 80]) {
    const line = tableLines(columns.slice(0, 2), hostile, { width, paint: plain })[1] ?? ''
    assert.match(line, /^x \[2Jy z\s+1$/)
  }
})
