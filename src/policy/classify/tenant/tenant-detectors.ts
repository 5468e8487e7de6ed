// Owns the tenant's own words and patterns: project names, customer numbers, whatever only that tenant knows.
import { RE2JS, RE2JSException } from 're2js'
import type { DataClassification } from '../../../domain/data-classification.ts'
import { ruleNameProblem, termProblem } from '../../../domain/tenant-rule.ts'
import type { KeywordDetector, RawMatch, TextDetector } from '../engine/detector.ts'
import type { Category } from '../finding.ts'

export interface TenantRule {
  /** Names the rule in findings and audit records: letters, digits, `_` and `-`. */
  readonly name: string
  /** Default `confidential`. */
  readonly level?: DataClassification
  /** Default `corporate`. */
  readonly category?: Category
}

/** Words that are found whole, in any case. */
export interface TenantDictionary extends TenantRule {
  /** At least three characters each. */
  readonly terms: readonly string[]
}

/** A regular expression in RE2's syntax: no look-around, no back-references, and so never slower than linear. */
export interface TenantPattern extends TenantRule {
  readonly pattern: string
}

/** What is wrong with a rule; its message is for the operator. */
export class TenantRuleError extends Error {
  override readonly name = 'TenantRuleError'
}

const facts = ({ name, level, category }: TenantRule) => {
  const problem = ruleNameProblem(name)
  if (problem) throw new TenantRuleError(`"${name}" ${problem}.`)
  return {
    rule: `tenant_${name}`,
    type: 'tenant_term',
    level: level ?? 'confidential',
    category: category ?? 'corporate',
    source: 'the configuration',
  } as const
}

/** @throws TenantRuleError for a name or a term that cannot be used. */
export function dictionaryDetector(dictionary: TenantDictionary): KeywordDetector {
  const terms = dictionary.terms.map((term) => term.trim().toLowerCase())
  for (const term of terms) {
    const problem = termProblem(term)
    if (problem) throw new TenantRuleError(`The term "${term}" of ${dictionary.name} ${problem}.`)
  }
  const longest = Math.max(0, ...terms.map((term) => term.length))
  // Longer terms first: of two that begin alike the longer one is meant.
  const words = [...terms]
    .sort((left, right) => right.length - left.length)
    .map((term) => term.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return {
    ...facts(dictionary),
    kind: 'keyword',
    keywords: terms,
    after: longest + 1,
    pattern: new RegExp(`(?:${words.join('|')})(?![\\p{L}\\p{N}])`, 'giu'),
    score: 0.9,
  }
}

/** @throws TenantRuleError for a pattern that RE2 does not read. */
export function patternDetector(rule: TenantPattern): TextDetector {
  const compiled = compile(rule)
  return {
    ...facts(rule),
    kind: 'text',
    *find({ text }): Iterable<RawMatch> {
      const matcher = compiled.matcher(text)
      while (matcher.find()) {
        if (matcher.end() > matcher.start()) yield { start: matcher.start(), end: matcher.end(), score: 0.9 }
      }
    },
  }
}

function compile({ name, pattern }: TenantPattern): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new TenantRuleError(`The pattern of ${name} cannot be used: ${error.message}`)
  }
}
