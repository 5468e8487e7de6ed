// Owns the verdict on two pieces of one request: whatever was found in either.
import { join } from '../../domain/data-classification.ts'
import type { Detection } from './finding.ts'

/** The higher level, all findings and all doubts of both. */
export function joinDetections(one: Detection, other: Detection): Detection {
  return {
    classification: join(one.classification, other.classification),
    categories: [...new Set([...one.categories, ...other.categories])],
    undecidable: one.undecidable || other.undecidable,
    undecidableCauses: [...new Set([...one.undecidableCauses, ...other.undecidableCauses])],
    findings: [...one.findings, ...other.findings],
  }
}
