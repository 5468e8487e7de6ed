// Owns what a tenant's rule must look like, for the detectors and for the configuration that names them.

/** What is wrong with the name of a list or a pattern, or undefined. */
export function ruleNameProblem(name: string): string | undefined {
  return /^[\w-]{1,64}$/.test(name) ? undefined : 'is no name of a rule: use letters, digits, _ and -, at most 64'
}

/** What is wrong with a word of a list, or undefined. */
export function termProblem(term: string): string | undefined {
  const word = term.trim()
  if (word.length < 3) return 'must have at least three characters, or it would be found everywhere'
  if (!/^[\p{L}\p{N}]/u.test(word)) return 'must begin with a letter or a digit'
  return undefined
}
