// Owns the words that the query's models are given, and the reading of citations in what they answer.
import * as z from 'zod'
import type { Passage } from './query-graph.ts'

export const planSchema = z.object({
  search: z.enum(['both', 'vector', 'graph']).describe('Where the answer is likely to be found'),
  complexity: z.enum(['high', 'medium', 'low']).describe('How hard the question is to answer from sources'),
})

export type Plan = z.infer<typeof planSchema>

export const unplanned: Plan = { search: 'both', complexity: 'medium' }

export const planInstructions =
  'Plan the search for a question over documents. Passages are found by meaning (vector), relations between named ' +
  'things in a graph. Do not answer the question.'

/** One line for each source, which the answer names by its number. */
export function answerPrompt(question: string, passages: readonly Passage[]): string {
  const sources = passages.map(({ title, text }, index) => `[${index + 1}] ${title}: ${text.replace(/\s+/g, ' ')}`)
  return [
    'Answer the question from these sources alone, and name those you use by their numbers, like [1].',
    'If they do not say, say so.',
    '',
    ...sources,
    '',
    `Question: ${question.replace(/\s+/g, ' ')}`,
  ].join('\n')
}

/** The sources that an answer names, in the order of their numbers; numbers that no source has are not citations. */
export function citedIn(answer: string, passages: readonly Passage[]): Passage[] {
  const numbers = new Set([...answer.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number)))
  return passages.filter((_, index) => numbers.has(index + 1))
}
