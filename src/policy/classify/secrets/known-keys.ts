// Owns the detectors of known services' keys: the rules as keyword detectors.
import type { KeywordDetector } from '../engine/detector.ts'
import { businessKeys } from './business-keys.ts'
import { cloudAndModelKeys } from './cloud-and-model-keys.ts'
import { developerKeys } from './developer-keys.ts'
import { entropyOf } from './entropy.ts'
import type { SecretRule } from './secret-rule.ts'

/** The longest key that a rule may describe. */
const WINDOW = 1400

/** Units before the key that must not be of a word: `xghp_…` is none. A word part such as `TOKEN_ghp_…` is fine. */
const start = '(?<![A-Za-z0-9])'

export const knownKeys: readonly KeywordDetector[] = [...cloudAndModelKeys, ...developerKeys, ...businessKeys].map(
  detectorOf,
)

function detectorOf({ rule, prefixes, pattern, entropy, anyCase, source }: SecretRule): KeywordDetector {
  return {
    kind: 'keyword',
    rule: `secret_${rule}`,
    type: 'secret',
    level: 'confidential',
    category: 'secret',
    source,
    keywords: prefixes,
    before: 1,
    after: WINDOW,
    pattern: new RegExp(start + pattern, anyCase ? 'iy' : 'y'),
    score: 0.9,
    ...(entropy === undefined ? {} : { check: ([found]) => entropyOf(found) >= entropy }),
  }
}
