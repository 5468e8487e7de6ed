// The master key and its line in `.env`.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { newMasterKey, writeMasterKey } from './master-key.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-key-'))
after(() => rmSync(folder, { recursive: true }))

test('a key is new each time and has the documented form', () => {
  const keys = new Set(Array.from({ length: 100 }, newMasterKey))
  assert.equal(keys.size, 100)
  for (const key of keys) assert.match(key, /^sk-aegis-[0-9a-f]{8}-[0-9a-f]{48}$/)
})

const cases: readonly (readonly [before: string, replace: boolean, result: string, after: string])[] = [
  ['A=1', false, 'written', 'A=1\nAEGIS_MASTER_KEY=new\n'],
  ['AEGIS_MASTER_KEY=old\nA=1\n', false, 'kept', 'AEGIS_MASTER_KEY=old\nA=1\n'],
  ['export AEGIS_MASTER_KEY="old"\n', false, 'kept', 'export AEGIS_MASTER_KEY="old"\n'],
  ['AEGIS_MASTER_KEY=\nA=1\n', false, 'written', 'AEGIS_MASTER_KEY=new\nA=1\n'],
  ['AEGIS_MASTER_KEY=old\nA=1\n', true, 'written', 'AEGIS_MASTER_KEY=new\nA=1\n'],
  ['# AEGIS_MASTER_KEY=no\n', false, 'written', '# AEGIS_MASTER_KEY=no\nAEGIS_MASTER_KEY=new\n'],
]

for (const [index, [before, replace, result, expected]] of cases.entries()) {
  test(`${JSON.stringify(before)} ${replace ? 'replaced' : 'left alone'}: ${result}`, async () => {
    const path = join(folder, `env-${index}`)
    writeFileSync(path, before, { mode: 0o644 })
    assert.equal(await writeMasterKey(path, 'new', replace), result)
    assert.equal(readFileSync(path, 'utf8'), expected)
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })
}
