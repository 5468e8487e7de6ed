// Owns what detection can be told: plain data that a worker thread can be given.

import { createDetection, type DetectionLimits, type DetectionPipeline } from '../policy/classify/detect.ts'
import { personNameDetector } from '../policy/classify/detectors/person-name.ts'
import { type NamesPoint, prepareNames } from '../policy/classify/names/detect-names.ts'
import {
  dictionaryDetector,
  patternDetector,
  type TenantDictionary,
  type TenantPattern,
} from '../policy/classify/tenant/tenant-detectors.ts'
import { KeyedVerdictCache } from './keyed-verdict-cache.ts'

export interface DetectionSettings {
  readonly limits?: Partial<DetectionLimits>
  readonly dictionaries?: readonly TenantDictionary[]
  readonly patterns?: readonly TenantPattern[]
  /** How eagerly names of persons are looked for. Default `balanced`. */
  readonly names?: NamesPoint
  /** Types that are not looked for, such as `ip_address`. */
  readonly ignoredTypes?: readonly string[]
  readonly acceptsBinaryParts?: boolean
  /** Verdicts kept per thread. Default 20,000, about 10 MB when all are used. */
  readonly cachedVerdicts?: number
}

/** Unpacks what is large, so that the first body does not wait for it: some 100 ms, once a thread. */
export function prepareDetection({ names }: DetectionSettings): void {
  if (names !== 'off') prepareNames()
}

/** @throws TenantRuleError for a rule of the tenant that cannot be used. */
export function pipelineOf(settings: DetectionSettings): DetectionPipeline {
  const { dictionaries = [], patterns = [], names = 'balanced', limits, ignoredTypes, acceptsBinaryParts } = settings
  const persons = names === 'off' ? [] : [personNameDetector(names)]
  return createDetection({
    clock: performance,
    cache: new KeyedVerdictCache(settings.cachedVerdicts),
    detectors: [...persons, ...dictionaries.map(dictionaryDetector), ...patterns.map(patternDetector)],
    ...(limits && { limits }),
    ...(ignoredTypes && { ignoredTypes }),
    ...(acceptsBinaryParts !== undefined && { acceptsBinaryParts }),
  })
}
