// Owns the lattice of data classifications and the one rule on it: a classification only ever goes up.

/**
 * How sensitive a request's data is, least first. `confidential` and above are restricted: they have the
 * ceiling `local` and never leave the machine.
 */
export const dataClassifications = ['public', 'internal', 'confidential', 'pii', 'hipaa'] as const
export type DataClassification = (typeof dataClassifications)[number]

/** Where a classification came from; a closed set, because it labels a metric. */
export const classificationSources = ['declared', 'key', 'default', 'detected', 'session', 'undecidable'] as const
export type ClassificationSource = (typeof classificationSources)[number]

/** What the request is treated as, and who said so. */
export interface EffectiveClassification {
  readonly level: DataClassification
  /** True when part of the request could not be read or judged. Undecidable is restricted: fail closed. */
  readonly undecidable: boolean
  /** True when no attempt may leave the machine. */
  readonly restricted: boolean
  readonly source: ClassificationSource
}

const ranks: Readonly<Record<DataClassification, number>> = {
  public: 0,
  internal: 1,
  confidential: 2,
  pii: 3,
  hipaa: 4,
}

export function isDataClassification(value: unknown): value is DataClassification {
  return typeof value === 'string' && Object.hasOwn(ranks, value)
}

/** True for levels whose ceiling is `local`: confidential, pii and hipaa. */
export function isRestricted(level: DataClassification): boolean {
  return ranks[level] >= ranks.confidential
}

/**
 * The more restrictive of two levels.
 * @example join('internal', 'pii') // 'pii'
 */
export function join(left: DataClassification, right: DataClassification): DataClassification {
  return ranks[left] >= ranks[right] ? left : right
}

/** Negative when `left` is less restrictive than `right`, as `Array.prototype.sort` expects. */
export function compareClassifications(left: DataClassification, right: DataClassification): number {
  return ranks[left] - ranks[right]
}
