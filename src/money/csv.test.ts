// CSV by RFC 4180.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvText } from './csv.ts'

test('fields with quotes, commas and line breaks are quoted, lines end with CR LF', () => {
  const rows = [{ user: 'plain' }, { user: 'a,"b"' }, { user: 'two\nlines' }, { user: '' }]
  const text = csvText([{ title: 'user', value: ({ user }: { readonly user: string }) => user }], rows)
  assert.equal(text, 'user\r\nplain\r\n"a,""b"""\r\n"two\nlines"\r\n\r\n')
})

test('a field that a spreadsheet would take for a formula is text', () => {
  const column = { title: 'user', value: (user: string) => user }
  const text = csvText([column], ['=1+1', '+1', '-1', '@a', 'a=1'])
  assert.equal(text, "user\r\n'=1+1\r\n'+1\r\n'-1\r\n'@a\r\na=1\r\n")
})
