import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { describeStore } from '../store-contract.ts'
import { SqliteStore } from './sqlite-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-store-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

describeStore('SqliteStore in a file', () => {
  files += 1
  const path = join(folder, `${files}.db`)
  return { store: () => new SqliteStore({ path }), shared: true }
})

describeStore('SqliteStore in memory', () => ({ store: () => new SqliteStore({ path: ':memory:' }), shared: false }))
