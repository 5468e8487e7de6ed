// Owns the place of reasoning within the cap on an answer: some packages put its budget on top, which nobody has paid for.
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { Notes } from './notes.ts'
import type { Wire } from './wire.ts'

/** The smallest budget that Anthropic takes (https://platform.claude.com/docs/en/build-with-claude/extended-thinking). */
const SMALLEST_BUDGET = 1024
/** What is left for the answer itself when a budget is kept as it is. */
const SMALLEST_ANSWER = 1024

/**
 * The options of a call whose body would have been allowed more than `cap` tokens, because its budget for reasoning
 * stood on top: the budget as it is when it leaves room for an answer, half of the cap when that is a budget, else none.
 * @param budgetTokens what the package would have sent.
 */
export function withinCap(
  options: LanguageModelV4CallOptions,
  cap: number,
  budgetTokens: number,
  wire: Wire,
  notes: Notes,
): LanguageModelV4CallOptions {
  if (budgetTokens > 0 && cap - budgetTokens >= SMALLEST_ANSWER)
    return { ...options, maxOutputTokens: cap - budgetTokens }
  const { reasoning: _, providerOptions, ...plain } = options
  const own = Object.fromEntries(
    Object.entries(providerOptions?.[wire.optionsName] ?? {}).filter(([name]) => !wire.reasoningOptions.includes(name)),
  )
  const half = Math.floor(cap / 2)
  if (half < SMALLEST_BUDGET || !wire.budgetOption) {
    notes.add('reasoning was left out: its budget does not fit into the cap on the answer')
    return { ...plain, providerOptions: { ...providerOptions, [wire.optionsName]: own } }
  }
  notes.add('reasoning was given half of the cap on the answer, since its own budget does not fit into it')
  return {
    ...plain,
    maxOutputTokens: cap - half,
    providerOptions: { ...providerOptions, [wire.optionsName]: { ...own, ...wire.budgetOption(half) } },
  }
}
