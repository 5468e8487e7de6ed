// CSV by RFC 4180.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvText } from './csv.ts'

test('fields with quotes, commas and line breaks are quoted, lines end with CR LF', () => {
  const rows = [{ user: 'plain' }, { user: 'a,"b"' }, { user: 'two\nlines' }, { user: '' }]
  const text = csvText([{ title: 'user', value: ({ user }: { readonly user: string }) => user }], rows)
  assert.equal(text, 'user\r\nplain\r\n"a,""b"""\r\n"two\nlines"\r\n\r\n')
})
