// Owns the making of upstream connections in tests, with short time-outs and all violations kept.
import type { PrivacyViolation } from '../../src/domain/privacy-violation.ts'
import { LocalAddresses } from '../../src/providers/transport/egress-guard.ts'
import { Upstream, type UpstreamOptions } from '../../src/providers/transport/upstream.ts'
import { openaiProvider } from './provider.ts'

export interface TestUpstream extends AsyncDisposable {
  readonly upstream: Upstream
  readonly violations: readonly PrivacyViolation[]
}

/** @example await using connection = connectTo(server.url, { maxConnections: 1 }) */
export function connectTo(baseUrl: string, more: Partial<UpstreamOptions> = {}): TestUpstream {
  const violations: PrivacyViolation[] = []
  const upstream = new Upstream({
    ref: openaiProvider(),
    baseUrl,
    timeouts: { connectMs: 5000, firstByteMs: 30_000, idleMs: 30_000 },
    maxConnections: 8,
    headers: {},
    localAddresses: new LocalAddresses([]),
    onViolation: (violation) => violations.push(violation),
    ...more,
  })
  return { upstream, violations, [Symbol.asyncDispose]: () => upstream.close() }
}
