// Owns what the reading of one configuration has found so far: problems, which stop it, and notices, which do not.
import type { ConfigNotice } from './aegis-config.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { nearestName } from './nearest-name.ts'
import { pathText, type SettingPath, type SourceTree } from './source-tree.ts'

/** Collects problems and notices, so that one run tells the user everything. */
export class Findings {
  readonly #tree: SourceTree
  readonly #problems: ConfigProblem[] = []
  readonly #faultyPaths: SettingPath[] = []
  readonly #notices: ConfigNotice[] = []

  constructor(tree: SourceTree) {
    this.#tree = tree
  }

  /** Records a problem, unless the same setting or one around it already has one: a consequence is not news. */
  problem(path: SettingPath, message: string, part: 'key' | 'value' = 'value'): void {
    this.#add(path, pathText(path), message, part)
  }

  /** Problems of a part that was read by itself, such as a file that this one names. */
  adopt(problems: readonly ConfigProblem[]): void {
    this.#problems.push(...problems)
  }

  get problems(): readonly ConfigProblem[] {
    return this.#problems
  }

  /** Records a key that is not among the known ones. What it was meant to be is then not missed as well. */
  unknownKey(path: SettingPath, key: string, known: readonly string[]): void {
    const nearest = nearestName(key, known)
    const joined = known.find((name) => key.startsWith(`${name}:`))
    const isLikeAKey = /^[A-Za-z_-]{1,40}$/.test(key)
    const message =
      joined !== undefined
        ? `put a space after "${joined}:"`
        : `unknown key${nearest === undefined ? `; known here: ${known.join(', ')}` : `, did you mean ${nearest}?`}`
    // No setting's name has digits or spaces, but a key that slipped out of its place does.
    this.#add([...path, key], pathText([...path, isLikeAKey ? key : (joined ?? '…')]), message, 'key')
    const meant = joined ?? nearest
    if (meant !== undefined) this.#faultyPaths.push([...path, meant])
  }

  #add(path: SettingPath, shownPath: string, message: string, part: 'key' | 'value'): void {
    if (this.#faultyPaths.some((faulty) => startsWith(path, faulty))) return
    this.#faultyPaths.push(path)
    const position = this.#nearestPosition(path, part)
    this.#problems.push({
      message,
      file: this.#tree.file,
      line: position?.line,
      column: position?.column,
      path: shownPath,
    })
  }

  /** Records something to know. The same words are recorded once. */
  notice(level: ConfigNotice['level'], message: string): void {
    if (this.#notices.some((notice) => notice.message === message)) return
    this.#notices.push({ level, message })
  }

  /** True when the setting or one inside it has a problem. */
  isFaultyWithin(path: SettingPath): boolean {
    return this.#faultyPaths.some((faulty) => startsWith(faulty, path))
  }

  /** A setting's place for a message: `aegis.yml:4`, or its path when there are no lines. */
  where(path: SettingPath): string {
    const position = this.#nearestPosition(path, 'key')
    return position ? `${this.#tree.file}:${position.line}` : pathText(path)
  }

  get notices(): readonly ConfigNotice[] {
    return this.#notices
  }

  /** @throws ConfigError with all problems in the order of the file, when there is one. */
  throwIfAny(): void {
    if (this.#problems.length === 0) return
    const order = (problem: ConfigProblem) => (problem.line ?? 0) * 100_000 + (problem.column ?? 0)
    throw new ConfigError(this.#problems.toSorted((left, right) => order(left) - order(right)))
  }

  /** Records a problem that leaves nothing to read on with. @throws ConfigError always. */
  fail(message: string): never {
    this.problem([], message)
    throw new ConfigError(this.#problems)
  }

  /** The setting's own place, or that of the nearest one around it that is written down. */
  #nearestPosition(path: SettingPath, part: 'key' | 'value') {
    const own = this.#tree.positionOf(path, part) ?? this.#tree.positionOf(path, 'value')
    if (own) return own
    for (let length = path.length - 1; length > 0; length--) {
      const around = path.slice(0, length)
      const position = this.#tree.positionOf(around, 'key') ?? this.#tree.positionOf(around, 'value')
      if (position) return position
    }
    return undefined
  }
}

function startsWith(path: SettingPath, start: SettingPath): boolean {
  return start.every((segment, index) => path[index] === segment)
}
