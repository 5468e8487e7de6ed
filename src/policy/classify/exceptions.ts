// Owns which findings an operator's exceptions let leave: of their key, of their types, until their time. Pure.
import { join } from '../../domain/data-classification.ts'
import type { PrivacyException } from '../../domain/privacy-exception.ts'
import type { Category, Detection, Finding } from './finding.ts'

/** A verdict without what is excepted, and the ids of the exceptions that were used for that. */
export interface Lifted {
  readonly detection: Detection
  readonly exceptions: readonly string[]
}

/** The exceptions of a configuration, already verified. */
export class Exceptions {
  readonly #byKey = new Map<string, PrivacyException[]>()

  constructor(exceptions: readonly PrivacyException[]) {
    for (const exception of exceptions) {
      const ofKey = this.#byKey.get(exception.key)
      if (ofKey) ofKey.push(exception)
      else this.#byKey.set(exception.key, [exception])
    }
  }

  /**
   * Nothing of level hipaa and nothing undecidable is ever lifted, nor anything that was declared: that is not in a
   * verdict.
   */
  lift(detection: Detection, keyId: string | undefined, wallMs: number): Lifted {
    const ofKey = keyId === undefined ? undefined : this.#byKey.get(keyId)
    const valid = ofKey?.filter(({ untilMs }) => wallMs < untilMs) ?? []
    if (valid.length === 0 || detection.findings.length === 0) return { detection, exceptions: [] }
    const used = new Set<string>()
    const kept = detection.findings.filter((finding) => {
      const exception = finding.level === 'hipaa' ? undefined : valid.find(({ types }) => types.includes(finding.type))
      if (exception) used.add(exception.id)
      return !exception
    })
    return used.size === 0
      ? { detection, exceptions: [] }
      : { detection: withFindings(detection, kept), exceptions: [...used] }
  }
}

function withFindings(detection: Detection, findings: readonly Finding[]): Detection {
  const categories = new Set<Category>(findings.map(({ category }) => category))
  if (detection.undecidable) categories.add('undecidable')
  return {
    ...detection,
    findings,
    categories: [...categories],
    classification: findings.reduce<Detection['classification']>((level, one) => join(level, one.level), 'public'),
  }
}
