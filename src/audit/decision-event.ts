// Owns how a privacy decision is written into the audit record.
import type { PrivacyDecision } from '../domain/privacy-decision.ts'
import type { AuditEvent } from './audit-line.ts'

/** What is empty is left out: most requests have found nothing and excluded nobody. */
export function decisionEvent(decision: PrivacyDecision): AuditEvent {
  const { classification, keyId, searched, detected, undecidableCauses, exceptions, excluded, asked } = decision
  const data: Record<string, unknown> = {
    request_id: decision.requestId,
    classification: classification.level,
    restricted: classification.restricted,
    source: classification.source,
    rule: decision.rule,
    reason: decision.reason,
    searched,
  }
  if (classification.undecidable) data.undecidable = true
  if (keyId !== undefined) data.key_id = keyId
  if (detected.length > 0) data.detected = detected
  if (undecidableCauses.length > 0) data.undecidable_causes = undecidableCauses
  if (exceptions.length > 0) data.exceptions = exceptions
  if (excluded.length > 0) data.excluded = excluded.map(({ provider, cause }) => `${provider}:${cause}`)
  const answered = asked.findLast(({ result }) => result === 'answered')
  data.provider = answered?.provider ?? null
  data.location = answered?.location ?? null
  const others = asked.filter((one) => one !== answered)
  if (others.length > 0)
    data.asked_before = others.map(({ provider, location, result }) => `${provider}:${location}:${result}`)
  return { type: 'decision', data }
}
