// Owns detection: from a body or a text to the verdict on it. Pure: clock, cache and the tenant's rules are passed in.
import type { JsonValue } from '../../domain/chat-body.ts'
import { type DataClassification, join } from '../../domain/data-classification.ts'
import { countKeys, scanMembers } from '../../domain/json-members.ts'
import { builtInDetectors } from './built-in-detectors.ts'
import { BudgetExceeded, DetectionBudget } from './detection-budget.ts'
import type { Detector } from './engine/detector.ts'
import { DetectorSet } from './engine/detector-set.ts'
import type { Category, Detection, Finding, UndecidableCause } from './finding.ts'
import { joinHealthTerms } from './health-record.ts'
import { TextScanner } from './scan-text.ts'
import { seamChainsOf } from './seams.ts'
import type { Verdict, VerdictCache } from './verdict-cache.ts'
import { type Segment, walkBody } from './walk/walk-body.ts'

/** Every limit that is exceeded makes the body undecidable. */
export interface DetectionLimits {
  /** Levels of objects and arrays. */
  readonly maxDepth: number
  /** UTF-16 units of all texts together, decoded ones included. */
  readonly maxUnits: number
  readonly maxTimeMs: number
  readonly maxDecodeDepth: number
  readonly maxUnpackedBytes: number
  readonly leastUnreadableBytes: number
}

export const defaultDetectionLimits: DetectionLimits = {
  maxDepth: 128,
  maxUnits: 16_000_000,
  maxTimeMs: 5_000,
  maxDecodeDepth: 4,
  maxUnpackedBytes: 4_000_000,
  leastUnreadableBytes: 2_048,
}

export interface DetectionOptions {
  /** For the time limit only. */
  readonly clock: { now(): number }
  readonly limits?: Partial<DetectionLimits>
  /** Detectors beside the built-in ones: names of persons, the tenant's dictionary and patterns. */
  readonly detectors?: readonly Detector[]
  /** Types that are not looked for, such as `ip_address`. */
  readonly ignoredTypes?: readonly string[]
  readonly cache?: VerdictCache
  /** Images, sound and documents count as judged: the caller declared a level, and policy accepts it. */
  readonly acceptsBinaryParts?: boolean
}

export interface DetectionPipeline {
  readonly detectors: readonly Detector[]
  /** A text, or a JSON value that has been checked for repeated names. Never throws. */
  detect(body: JsonValue): Detection
  /** JSON as it was sent. What is no JSON, or repeats a member name, is undecidable. Never throws. */
  detectJson(bytes: Uint8Array): Detection
}

/** Texts shorter than this are scanned faster than hashed. */
const LEAST_CACHED_UNITS = 256
/** A finding that only shows when two texts are joined must be surer than others. */
const SEAM_THRESHOLD = 0.5

/**
 * Prepares the detectors once; the pipeline is then used for every body.
 * @example createDetection({ clock: { now: () => performance.now() } }).detect('My card is 4111 1111 1111 1111')
 */
export function createDetection(options: DetectionOptions): DetectionPipeline {
  const limits = { ...defaultDetectionLimits, ...options.limits }
  const ignored = new Set(options.ignoredTypes)
  const detectors = new DetectorSet(
    [...builtInDetectors, ...(options.detectors ?? [])].filter(({ type }) => !ignored.has(type)),
  )
  const detect = (body: JsonValue) => new BodyScan(detectors, limits, options).run(body)
  return {
    detectors: detectors.detectors,
    detect,
    detectJson: (bytes) => {
      const body = readJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      return body === undefined ? verdictOf([], new Set(['unreadable'])) : detect(body)
    },
  }
}

/** @returns undefined for what is not JSON or would be read differently by another parser. */
function readJson(bytes: Buffer): JsonValue | undefined {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as JsonValue
    if (typeof value === 'object' && value !== null && scanMembers(bytes).keyCount !== countKeys(value))
      return undefined
    return value
  } catch {
    return undefined
  }
}

class BodyScan {
  readonly #detectors: DetectorSet
  readonly #limits: DetectionLimits
  readonly #options: DetectionOptions
  readonly #budget: DetectionBudget
  readonly #findings: Finding[] = []
  readonly #causes = new Set<UndecidableCause>()
  readonly #joining: Segment[] = []

  constructor(detectors: DetectorSet, limits: DetectionLimits, options: DetectionOptions) {
    this.#detectors = detectors
    this.#limits = limits
    this.#options = options
    this.#budget = new DetectionBudget(limits, options.clock)
  }

  run(body: JsonValue): Detection {
    try {
      walkBody(body, this.#limits.maxDepth, {
        segment: (segment) => this.#scanSegment(segment),
        undecidable: (cause) => this.#doubt(cause),
      })
      this.#scanSeams()
    } catch (error) {
      // A detector that fails has not cleared anything.
      this.#causes.add(error instanceof BudgetExceeded ? error.because : 'detector_error')
    }
    return verdictOf(joinHealthTerms(this.#findings), this.#causes)
  }

  #doubt(cause: UndecidableCause): void {
    if (cause !== 'binary_part' || this.#options.acceptsBinaryParts !== true) this.#causes.add(cause)
  }

  #scanSegment(segment: Segment): void {
    if (segment.joins) this.#joining.push(segment)
    const { matches, undecidable } = this.#verdictOn(segment.text, segment.label, segment.opaque)
    for (const match of matches) this.#findings.push({ ...match, path: segment.path })
    for (const cause of undecidable) this.#doubt(cause)
  }

  #verdictOn(text: string, label: string, opaque: boolean): Verdict {
    const cache = opaque || text.length < LEAST_CACHED_UNITS ? undefined : this.#options.cache
    const known = cache?.get(text, label)
    if (known !== undefined) return known
    const verdict = TextScanner.scan(text, label, opaque, this.#detectors, this.#limits, this.#budget)
    cache?.set(text, label, verdict)
    return verdict
  }

  /** Identifiers that begin in one text and end in another. */
  #scanSeams(): void {
    const known = new Set(this.#findings.map(({ type, path }) => `${type} ${path}`))
    const isKnown = (type: string, path: string) => known.has(`${type} ${path}`)
    for (const chain of seamChainsOf(this.#joining)) {
      for (const match of this.#verdictOn(chain.text, '', false).matches) {
        const finding = match.score < SEAM_THRESHOLD ? undefined : chain.place(match, isKnown)
        if (finding) this.#findings.push(finding)
      }
    }
  }
}

/** A piece of a body may be looked at more than once, at each seam and in each decoding. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Map<string, Finding>()
  for (const finding of findings) {
    const key = `${finding.type} ${finding.start} ${finding.end} ${finding.path}`
    if ((seen.get(key)?.score ?? 0) < finding.score) seen.set(key, finding)
  }
  return [...seen.values()]
}

function verdictOf(findings: readonly Finding[], causes: ReadonlySet<UndecidableCause>): Detection {
  const reported = withoutRepeats(findings.filter(({ level }) => level !== 'public'))
  let classification: DataClassification = 'public'
  const categories = new Set<Category>()
  for (const { level, category } of reported) {
    classification = join(classification, level)
    categories.add(category)
  }
  if (causes.size > 0) categories.add('undecidable')
  return {
    classification,
    categories: [...categories],
    undecidable: causes.size > 0,
    undecidableCauses: [...causes],
    findings: reported,
  }
}
