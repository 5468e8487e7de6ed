// Owns what a privacy violation is: something that must never happen was stopped, or was seen. It carries no content.

/** Closed set: it stands in alerts and in the audit record. */
export const violationCauses = [
  /** A restricted attempt was about to reach a provider that is not local. */
  'restricted_attempt_to_cloud',
  /** A provider that is declared local has an address that is not. */
  'address_not_local',
  /** A local server says that it has forwarded restricted data. */
  'remote_model_answered',
] as const
export type ViolationCause = (typeof violationCauses)[number]

export function isViolationCause(value: string): value is ViolationCause {
  return (violationCauses as readonly string[]).includes(value)
}

export interface PrivacyViolation {
  readonly provider: string
  readonly cause: ViolationCause
  readonly requestId?: string
}

export type OnViolation = (violation: PrivacyViolation) => void
