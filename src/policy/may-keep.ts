// Owns which answers may be given again: never those to restricted data, and those of chance only when that is wanted.
import type { EffectiveClassification } from '../domain/data-classification.ts'
import type { RequestBody } from '../domain/request-body.ts'

/** Whether the same request would have the same answer, as far as that was asked for. Vectors have no chance in them. */
export function isDeterministic(body: RequestBody): boolean {
  return body.kind === 'embedding' || body.view.temperature === 0
}

/** What could not be judged is restricted too. */
export function mayKeep({ restricted, undecidable }: EffectiveClassification): boolean {
  return !restricted && !undecidable
}
