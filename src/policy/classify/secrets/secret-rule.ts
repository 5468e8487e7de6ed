// Owns what a rule for a known key is: the words it begins with and what follows.

/** One kind of key. */
export interface SecretRule {
  readonly rule: string
  /** Begins at one of these, in lower case, at the start of a word. */
  readonly prefixes: readonly string[]
  /** From the prefix on; anchored by the engine to the prefix. Bounded repeats only. */
  readonly pattern: string
  /** Least Shannon entropy of the match in bits per character. Default 0: the form is enough. */
  readonly entropy?: number
  /** The pattern minds case unless this is set. */
  readonly anyCase?: boolean
  readonly source: string
}

/** What must not follow: the key would be longer than its kind is. */
export const end = '(?![A-Za-z0-9_-])'
export const endOfWord = '(?![A-Za-z0-9])'
