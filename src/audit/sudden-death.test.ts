// Proves with a real process that is killed: the record stays whole, and what was in the file before is still there.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AuditLog } from './audit-log.ts'
import { verifyAudit } from './verify-audit.ts'

const clock = { wallMs: () => Date.now(), monotonicMs: () => 0 }
const logger = { info() {}, warn() {}, error() {} }

/** Writes without end, and says after each batch how many records are in the file. */
const writer = `
  import { AuditLog } from ${JSON.stringify(new URL('./audit-log.ts', import.meta.url).href)}
  const clock = { wallMs: () => Date.now(), monotonicMs: () => 0 }
  const logger = { info() {}, warn() {}, error() {} }
  const log = AuditLog.open({ folder: process.argv[1], clock, logger, about: {}, batchMs: 1 })
  for (let count = 0; ; count += 50) {
    for (let index = 0; index < 50; index += 1) log.record({ type: 'violation', data: { index: count + index } })
    await log.flush()
    process.stdout.write('written ' + log.head.seq + '\\n')
  }`

test('a process that is killed again and again leaves a whole record, with all that it had written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-audit-death-'))
  try {
    let least = 0
    for (let round = 0; round < 4; round += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', writer, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (piece) => {
          output += piece
          if (output.split('\n').length > 3 + round * 2) resolve()
        })
      })
      child.kill('SIGKILL')
      await once(child, 'exit')
      least = Math.max(least, ...[...output.matchAll(/written (\d+)\n/g)].map(([, seq]) => Number(seq)))
      const { broken, records, chains } = await verifyAudit(folder)
      assert.deepEqual(broken, [])
      assert.equal(chains, 1, 'the lock of the dead is free')
      assert.ok(records >= least, `${records} of at least ${least}`)
    }
    const log = AuditLog.open({ folder, clock, logger, about: {} })
    await log.close()
    assert.deepEqual((await verifyAudit(folder)).broken, [])
    assert.ok(readFileSync(join(folder, 'chain-1.000001.jsonl'), 'utf8').endsWith('"}\n'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
