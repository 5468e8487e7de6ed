// Owns how a privacy decision is written into the audit record. There is one for each request, so it is put together by hand.
import { isoTime, jsonText } from '../domain/json-text.ts'
import type { PrivacyDecision } from '../domain/privacy-decision.ts'

/** The body of its line, as `auditBody` makes one. What is empty is left out: most requests have found nothing and excluded nobody. */
export function decisionBody(decision: PrivacyDecision): string {
  const { classification, keyId, searched, asked } = decision
  const { level, restricted, source } = classification
  const answered = asked.findLast(({ result }) => result === 'answered')
  const place = answered
    ? `"provider":${jsonText(answered.provider)},"location":${jsonText(answered.location)}`
    : '"provider":null,"location":null'
  const who = `"request_id":${jsonText(decision.requestId)}`
  const what = `"classification":${jsonText(level)},"restricted":${restricted},"source":${jsonText(source)}`
  const why = `"rule":${jsonText(decision.rule)},"reason":${jsonText(decision.reason)},"searched":${searched}`
  const key = keyId === undefined ? '' : `,"key_id":${jsonText(keyId)}`
  const rare = rareMembers(decision, answered)
  return `"type":"decision","at":"${isoTime(decision.atMs)}",${who},${what},${why}${key}${rare},${place}`
}

function rareMembers(decision: PrivacyDecision, answered: PrivacyDecision['asked'][number] | undefined): string {
  const { classification, detected, undecidableCauses, exceptions, excluded, asked } = decision
  let members = classification.undecidable ? ',"undecidable":true' : ''
  if (detected.length > 0) members += `,"detected":${JSON.stringify(detected)}`
  if (undecidableCauses.length > 0) members += `,"undecidable_causes":${JSON.stringify(undecidableCauses)}`
  if (exceptions.length > 0) members += `,"exceptions":${JSON.stringify(exceptions)}`
  if (excluded.length > 0) {
    members += `,"excluded":${JSON.stringify(excluded.map(({ provider, cause }) => `${provider}:${cause}`))}`
  }
  if (asked.length > (answered ? 1 : 0)) {
    const others = asked.filter((one) => one !== answered)
    members += `,"asked_before":${JSON.stringify(others.map(({ provider, location, result }) => `${provider}:${location}:${result}`))}`
  }
  return members
}
