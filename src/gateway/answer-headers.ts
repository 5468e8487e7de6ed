// Owns the x-aegis-* response headers.
import { type NanoUsd, usdText } from '../domain/money.ts'
import type { AnswerFacts } from '../proxy/answer.ts'

/**
 * Adds the facts of an answer to the headers of its response.
 * @param cost absent for a stream, whose cost is known when the headers are long gone.
 */
export function addAnswerHeaders(headers: string[], facts: AnswerFacts, cost: NanoUsd | undefined): void {
  headers.push(
    'x-aegis-provider',
    facts.provider,
    'x-aegis-model',
    headerText(facts.model),
    'x-aegis-location',
    facts.location,
    'x-aegis-reason',
    facts.reason,
    'x-aegis-classification',
    facts.classification.level,
    'x-aegis-attempts',
    String(facts.attempts.length),
  )
  if (cost !== undefined) headers.push('x-aegis-cost-usd', usdText(cost))
  if (facts.cohort !== undefined) headers.push('x-aegis-cohort', facts.cohort)
  if (facts.cache !== undefined) headers.push('x-aegis-cache', facts.cache)
  if (facts.simulated) headers.push('x-aegis-simulated', 'true')
}

const PRINTABLE = /^[\x20-\x7e]{0,200}$/

/** Model names may come from a client; only what a header can carry is kept. */
export function headerText(text: string): string {
  return PRINTABLE.test(text) ? text : text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
