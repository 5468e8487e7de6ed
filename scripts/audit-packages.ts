// Owns what the registry says of known holes in the packages that users get. A registry that does not answer is no verdict.
import { spawnSync } from 'node:child_process'

export interface Audit {
  readonly verdict: 'clean' | 'vulnerable' | 'unknown'
  readonly says: string
}

const PATIENCE_MS = 30_000

export function auditPackages(root: string): Audit {
  const args = ['audit', '--omit=dev', '--json']
  const { stdout } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: PATIENCE_MS })
  return readAudit(stdout ?? '')
}

/** @param report what `npm audit --json` writes. */
export function readAudit(report: string): Audit {
  const counts = countsOf(report)
  if (!counts) return { verdict: 'unknown', says: 'the registry did not say whether any is vulnerable (npm audit)' }
  const { critical = 0, high = 0, moderate = 0, low = 0 } = counts
  const says = `${critical} critical, ${high} high, ${moderate} moderate and ${low} low holes are known (npm audit)`
  return { verdict: critical + high > 0 ? 'vulnerable' : 'clean', says }
}

function countsOf(report: string): Readonly<Record<string, number>> | undefined {
  try {
    const parsed = JSON.parse(report) as { metadata?: { vulnerabilities?: Record<string, number> } } | null
    return parsed?.metadata?.vulnerabilities
  } catch {
    return undefined
  }
}
