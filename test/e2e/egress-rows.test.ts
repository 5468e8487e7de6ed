// Proves that the table of ways out is complete: 44 rows, each with exactly one test.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { rows } from './egress-table.ts'

test('each of the 44 ways out has one test', () => {
  const folder = new URL('.', import.meta.url)
  const files = readdirSync(folder).filter((name) => /^egress-rows-.*\.test\.ts$/.test(name))
  const declared = files.flatMap((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8')
    return [...text.matchAll(/^row\((\d+),/gm)].map(([, number]) => Number(number))
  })
  assert.deepEqual(
    declared.toSorted((left, right) => left - right),
    Array.from({ length: 44 }, (_, index) => index + 1),
  )
  assert.equal(Object.keys(rows).length, 44)
})
