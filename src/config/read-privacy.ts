// Owns the reading of the privacy section: levels, search, exceptions, and where decisions are recorded.
import type { z } from 'zod'
import type { AegisConfig } from './aegis-config.ts'
import { readException } from './exception-token.ts'
import type { Findings } from './findings.ts'
import { parseSection } from './parse-section.ts'
import { privacySchema } from './section-schemas.ts'
import type { PlainMapping } from './source-tree.ts'

export interface PrivacySurroundings extends Pick<AegisConfig, 'auth' | 'ledger'> {
  readonly findings: Findings
  readonly nowMs: number
}

export function readPrivacy(
  root: PlainMapping,
  { findings, auth, ledger, nowMs }: PrivacySurroundings,
): AegisConfig['privacy'] {
  const entry = parseSection(privacySchema, root.privacy ?? {}, ['privacy'], findings) ?? privacySchema.parse({})
  return {
    defaultClassification: entry.default_classification,
    onExplicitCloudModel: entry.on_explicit_cloud_model,
    localNetworks: entry.local_networks,
    rememberMs: entry.remember_days * 86_400_000,
    exceptions: entry.exceptions.flatMap((token, index) => {
      const exception = readException(token, auth.masterKey, nowMs)
      if (typeof exception !== 'string') return [exception]
      findings.problem(['privacy', 'exceptions', index], exception)
      return []
    }),
    audit: auditOf(entry.audit, ledger),
    detect: {
      enabled: entry.detect.enabled ?? true,
      names: entry.detect.names,
      trustsDeclared: entry.detect.trust_declared ?? false,
      acceptsDeclaredBinary: entry.detect.binary_parts === 'declared',
      ignoredTypes: entry.detect.ignore,
      dictionaries: Object.entries(entry.detect.dictionaries).map(([name, terms]) => ({ name, terms })),
      patterns: Object.entries(entry.detect.patterns).map(([name, pattern]) => ({ name, pattern })),
    },
  }
}

/** A ledger that leaves nothing behind has no record beside it, unless that is asked for. */
function auditOf(
  { enabled = true, path, records }: z.output<typeof privacySchema>['audit'],
  ledger: AegisConfig['ledger'],
): AegisConfig['privacy']['audit'] {
  const beside = {
    sqlite: 'path' in ledger ? `${ledger.path}-audit` : undefined,
    postgres: './aegis-audit',
    memory: undefined,
  }
  const folder = path ?? beside[ledger.kind]
  return enabled && folder !== undefined ? { folder, restrictedOnly: records === 'restricted' } : undefined
}
