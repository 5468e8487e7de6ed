// Owns the reading of the privacy fixtures and how they are scored, for tests and for `npm run bench:detect`.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Detection } from '../../src/policy/classify/finding.ts'

export interface Span {
  readonly start: number
  readonly end: number
}

export interface UnitCase {
  readonly text: string
  readonly entity: string
  readonly expected: readonly Span[]
  readonly score?: readonly (readonly [number, number])[]
}

export interface SecretCase {
  readonly id: string
  readonly text: string
  readonly expected: boolean
  readonly messages: readonly Span[]
  readonly ambiguous?: boolean
}

export interface NegativeCase {
  readonly text: string
  readonly kind: string
}

export interface PrivacyCases {
  readonly units: readonly UnitCase[]
  readonly secrets: readonly SecretCase[]
  readonly negatives: readonly NegativeCase[]
}

/** @returns undefined when the folder has no such data. */
export function readPrivacyCases(folder: string): PrivacyCases | undefined {
  if (!existsSync(join(folder, 'unit-cases.jsonl'))) return undefined
  const lines = (name: string) =>
    readFileSync(join(folder, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const decoded = lines('secrets.jsonl').map((row) => ({
    ...row,
    text: Buffer.from(String(row.text_base64), 'base64').toString(),
  }))
  return {
    units: lines('unit-cases.jsonl') as unknown as UnitCase[],
    secrets: decoded as unknown as SecretCase[],
    negatives: lines('negatives.jsonl') as unknown as NegativeCase[],
  }
}

/** A case of Presidio's that must be found only with a word beside it. */
const WEAK = 0.4

export interface EntityScore {
  readonly entity: string
  /** Spans that must be found, and those that were. */
  spans: number
  found: number
  /** Spans that may be left alone without context, and those that were found all the same. */
  weak: number
  weakFound: number
  /** Texts without this entity, and those in which it was found. */
  clean: number
  alarms: number
  readonly missed: string[]
}

/** Which types count as an entity of Presidio's, where the names differ. */
const alsoKnownAs: Readonly<Record<string, readonly string[]>> = {
  PH_MOBILE_NUMBER: ['phone_number'],
  TR_PHONE_NUMBER: ['phone_number'],
  IN_PASSPORT: ['in_document', 'us_passport'],
  IN_VOTER: ['in_document'],
  IN_PAN: ['in_pan', 'in_document'],
}

export function scoreUnitCases(cases: readonly UnitCase[], detect: (text: string) => Detection): EntityScore[] {
  const scores = new Map<string, EntityScore>()
  for (const { text, entity, expected, score } of cases) {
    const total = scores.get(entity) ?? {
      entity,
      spans: 0,
      found: 0,
      weak: 0,
      weakFound: 0,
      clean: 0,
      alarms: 0,
      missed: [],
    }
    scores.set(entity, total)
    const types = alsoKnownAs[entity] ?? [entity.toLowerCase()]
    const findings = detect(text).findings
    if (expected.length === 0) {
      total.clean += 1
      if (findings.some(({ type }) => types.includes(type))) total.alarms += 1
    }
    for (const [index, span] of expected.entries()) {
      const hit = findings.some((one) => overlaps(one, span))
      if ((score?.[index]?.[0] ?? 1) < WEAK) {
        total.weak += 1
        if (hit) total.weakFound += 1
        continue
      }
      total.spans += 1
      if (hit) total.found += 1
      else total.missed.push(text)
    }
  }
  return [...scores.values()].sort((left, right) => left.entity.localeCompare(right.entity))
}

export function overlaps(left: Span, right: Span): boolean {
  return left.start < right.end && right.start < left.end
}

/** A finding that keeps a request at home. */
export function isRestricting({ level }: { readonly level: string }): boolean {
  return level !== 'public' && level !== 'internal'
}

/** The entities of the fixtures that the privacy design promises to find. */
export const promisedEntities: ReadonlySet<string> = new Set(
  'CREDIT_CARD IBAN_CODE EMAIL_ADDRESS PHONE_NUMBER US_SSN US_ITIN DE_TAX_ID DE_TAX_NUMBER DE_ID_CARD DE_PASSPORT DE_HEALTH_INSURANCE DE_SOCIAL_SECURITY DE_LANR DE_BSNR DE_VAT_ID DE_FUEHRERSCHEIN DE_KFZ UK_NHS US_NPI US_MBI MEDICAL_LICENSE IP_ADDRESS MAC_ADDRESS'.split(
    ' ',
  ),
)
