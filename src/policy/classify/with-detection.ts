// Owns how a verdict on a body joins what was said of it: upwards only.
import { type EffectiveClassification, isRestricted, join } from '../../domain/data-classification.ts'
import type { Detection } from './finding.ts'

/**
 * The higher of what was said and what was found. What could not be judged is restricted.
 * @param acceptsDeclaredBinary images, sound and documents do not count as undecidable when the caller declared a level.
 * @example withDetection(classify(task, defaults), detection, true).restricted
 */
export function withDetection(
  said: EffectiveClassification,
  detection: Detection,
  acceptsDeclaredBinary: boolean,
): EffectiveClassification {
  const level = join(said.level, detection.classification)
  const undecidable = isUndecidable(said, detection, acceptsDeclaredBinary)
  if (level === said.level && !undecidable) return said
  const restricted = isRestricted(level) || undecidable
  const source = level !== said.level ? 'detected' : said.restricted ? said.source : 'undecidable'
  return { level, undecidable, restricted, source }
}

function isUndecidable(said: EffectiveClassification, detection: Detection, acceptsDeclaredBinary: boolean): boolean {
  if (!detection.undecidable) return false
  const accepted = acceptsDeclaredBinary && said.source === 'declared'
  return !accepted || detection.undecidableCauses.some((cause) => cause !== 'binary_part')
}
