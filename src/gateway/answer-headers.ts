// Owns the x-aegis-* response headers.
import { type NanoUsd, usdText } from '../domain/money.ts'
import type { AnswerFacts } from '../proxy/answer.ts'

/** @param cost absent for a stream, whose cost is known when the headers are long gone. */
export function answerHeaders(facts: AnswerFacts, cost: NanoUsd | undefined): Record<string, string> {
  const headers: Record<string, string> = {
    'x-aegis-provider': facts.provider,
    'x-aegis-model': headerText(facts.model),
    'x-aegis-location': facts.location,
    'x-aegis-reason': facts.reason,
    'x-aegis-classification': facts.classification.level,
    'x-aegis-attempts': String(facts.attempts.length),
  }
  if (cost !== undefined) headers['x-aegis-cost-usd'] = usdText(cost)
  if (facts.simulated) headers['x-aegis-simulated'] = 'true'
  return headers
}

/** Model names may come from a client; only what a header can carry is kept. */
export function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
