import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { describeLedger } from '../ledger-contract.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

describeLedger('SqliteLedger', (setup) => {
  files += 1
  return new SqliteLedger({ ...setup, path: join(folder, `${files}.db`) })
})
