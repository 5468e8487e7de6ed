// Owns how a wrong configuration is reported: every problem at once, each with its place and the way out.

/** One thing to correct. Neither the message nor the path ever holds a configured value, which may be a key. */
export interface ConfigProblem {
  /** What is wrong and what to write instead. */
  readonly message: string
  /** The file as the user named it, or a word for a configuration that is not a file. */
  readonly file: string
  /** From 1; absent when the configuration was an object. */
  readonly line: number | undefined
  /** From 1, in UTF-16 units; absent when the configuration was an object. */
  readonly column: number | undefined
  /** The setting: `providers.openai.base_url`, `routing.rules[0].use`. Empty for the file as a whole. */
  readonly path: string
}

/**
 * The configuration cannot be used. The message lists all problems, one a line:
 * `aegis.yml:4:5 providers.openai.base_ur: unknown key, did you mean base_url?`
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemText).join('\n'))
    this.problems = problems
  }
}

function problemText({ file, line, column, path, message }: ConfigProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`
  return `${[place, path].filter((part) => part !== '').join(' ')}: ${message}`
}
