// Proves that what providers listed survives on disk, and that no file can stop a start.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readListingFile, writeListingFile } from './listing-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-listing-'))
after(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'aegis.models.json')

test('what was written is read, and nothing else is left beside it', () => {
  const facts = { contextTokens: 8192, outputTokens: undefined, capabilities: { vision: true, tools: false } }
  writeListingFile(path, { refreshedAt: '2026-11-27T12:00:00.000Z', listing: { groq: { 'a/b:c': facts, plain: {} } } })
  const { refreshedAt, listing } = readListingFile(path)
  assert.equal(refreshedAt, '2026-11-27T12:00:00.000Z')
  assert.deepEqual({ ...listing.groq?.['a/b:c'] }, facts)
  assert.deepEqual(listing.groq?.plain, { contextTokens: undefined, outputTokens: undefined, capabilities: {} })
  assert.deepEqual(readdirSync(folder), ['aegis.models.json'])
})

const unreadable: readonly string[] = [
  '',
  '{',
  '[]',
  'null',
  '{"version":2,"providers":{"a":{"m":{}}}}',
  '{"version":1}',
]
for (const text of unreadable) {
  test(`${JSON.stringify(text)} is as if there were no file`, () => {
    writeFileSync(path, text)
    assert.deepEqual(readListingFile(path), { refreshedAt: undefined, listing: {} })
  })
}

test('a fact that cannot be one is not known', () => {
  const m = { context_tokens: '8k', output_tokens: -1, capabilities: { vision: 'yes', tools: true, flight: true } }
  writeFileSync(path, JSON.stringify({ version: 1, providers: { a: { m, n: 7 }, b: null } }))
  const { listing } = readListingFile(path)
  assert.deepEqual(listing.a?.m, { contextTokens: undefined, outputTokens: undefined, capabilities: { tools: true } })
  assert.deepEqual(listing.a?.n, {})
  assert.equal(listing.toString, undefined)
})

test('without a file nothing is known', () => {
  assert.deepEqual(readListingFile(undefined).listing, {})
  assert.deepEqual(readListingFile(join(folder, 'none.json')).listing, {})
})
