// Owns the check of a tenant's words and patterns while their place in the file is known.
import { createRequire } from 'node:module'
import type { z } from 'zod'
import { ruleNameProblem, termProblem } from '../domain/tenant-rule.ts'

const require = createRequire(import.meta.url)

export function checkRuleNames(rules: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  for (const name of Object.keys(rules)) {
    const message = ruleNameProblem(name)
    if (message) context.addIssue({ code: 'custom', message, path: [name] })
  }
}

export function checkTerm(term: string, context: z.RefinementCtx): void {
  const message = termProblem(term)
  if (message) context.addIssue({ code: 'custom', message })
}

/** The engine is large, so it is loaded only for a configuration that has patterns. */
export function checkPattern(pattern: string, context: z.RefinementCtx): void {
  const { RE2JS, RE2JSException, RE2JSSyntaxException } = require('re2js') as typeof import('re2js')
  try {
    RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    // The description alone: the whole message repeats the pattern.
    const reason = error instanceof RE2JSSyntaxException ? error.getDescription() : 'it is too large'
    context.addIssue({
      code: 'custom',
      message: `is no regular expression that RE2 reads (${reason}); look-around and back-references are not in RE2`,
    })
  }
}
