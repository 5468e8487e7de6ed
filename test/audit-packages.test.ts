// Proves how what the registry says of the packages is read: holes that matter fail the check, silence is only told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAudit } from '../scripts/audit-packages.ts'

const report = (vulnerabilities: object) => JSON.stringify({ auditReportVersion: 2, metadata: { vulnerabilities } })

test('no hole, and holes that are not grave, pass', () => {
  assert.equal(readAudit(report({ critical: 0, high: 0, moderate: 0, low: 0 })).verdict, 'clean')
  const { verdict, says } = readAudit(report({ moderate: 2, low: 1 }))
  assert.equal(verdict, 'clean')
  assert.match(says, /2 moderate and 1 low/)
})

test('a high or critical one fails', () => {
  for (const grave of ['high', 'critical']) assert.equal(readAudit(report({ [grave]: 1 })).verdict, 'vulnerable')
})

test('a registry that does not answer, or answers something else, is no verdict', () => {
  for (const said of ['', 'ENOTFOUND', '{"message":"405 Method Not Allowed","error":{}}', 'null', '[]']) {
    assert.equal(readAudit(said).verdict, 'unknown', said)
  }
})
