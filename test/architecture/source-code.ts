// Owns the reading of TypeScript source as far as the architecture test needs it: what is code, and what it imports.

/** How one module refers to another. */
export interface ModuleImport {
  /** As written: `./route.ts`, `node:fs`, `undici`. Empty when a dynamic import's target is not a literal. */
  readonly specifier: string
  /** `import type` and `export type … from`: gone at run time. */
  readonly typeOnly: boolean
  /** `export * from`. */
  readonly everything: boolean
}

/** The same text, with the contents of comments and of strings replaced by spaces. Offsets stay. */
export function codeOf(source: string): string {
  return new Lexer(source).code()
}

const CLAUSE = String.raw`(?:(?!\b(?:import|export)\b)[\w$\s,{}*])*?`
const STATIC = new RegExp(String.raw`(?<![.\w$])(?:import|export)\b(${CLAUSE})\bfrom\s*(['"])`, 'g')
const BARE = /(?<![.\w$])import\s*(['"])/g
const CALL = /(?<![.\w$])(?:import|require)\s*\(\s*(['"`]?)/g

/** Every import of a module: static, dynamic, re-export, for its side effect or for its types. */
export function importsOf(source: string): ModuleImport[] {
  const code = codeOf(source)
  const literalAt = (open: number) => source.slice(open + 1, code.indexOf(code.charAt(open), open + 1))
  const found: ModuleImport[] = []
  for (const match of code.matchAll(STATIC)) {
    const clause = match[1] ?? ''
    found.push({
      specifier: literalAt(match.index + match[0].length - 1),
      typeOnly: /^\s+type\b(?!\s*(?:,|from))/.test(clause),
      everything: match[0].startsWith('export') && /^\s*\*\s*$/.test(clause),
    })
  }
  for (const match of code.matchAll(BARE)) {
    found.push({ specifier: literalAt(match.index + match[0].length - 1), typeOnly: false, everything: false })
  }
  for (const match of code.matchAll(CALL)) {
    const specifier = match[1] === '' ? '' : literalAt(match.index + match[0].length - 1)
    found.push({ specifier, typeOnly: false, everything: false })
  }
  return found
}

/** Before a slash these mean that a regular expression begins; after anything else the slash divides. */
const REGEX_AFTER = /(?:^|[([{,;=:!&|?+\-*%~^<>]|\b(?:return|typeof|case|in|of|throw|await|yield|else|do|void))\s*$/

class Lexer {
  readonly #source: string
  #at = 0
  #code = ''
  /** For each open template literal, how many braces are open in its current `${…}`. */
  readonly #braces: number[] = []

  constructor(source: string) {
    this.#source = source
  }

  code(): string {
    while (this.#at < this.#source.length) this.#step()
    return this.#code
  }

  #step(): void {
    const rest = this.#source.slice(this.#at, this.#at + 2)
    const first = rest.charAt(0)
    if (rest === '//') this.#blank(/[^\n]*/y)
    else if (rest === '/*') this.#blank(/\/\*[\s\S]*?(?:\*\/|$)/y)
    else if (first === "'" || first === '"')
      this.#quoted(first === "'" ? /'(?:\\.|[^'\\\n])*'?/y : /"(?:\\.|[^"\\\n])*"?/y)
    else if (first === '`') this.#template()
    else if (first === '/' && REGEX_AFTER.test(this.#code.slice(-40)))
      this.#quoted(/\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/?/y)
    else if (first === '}' && this.#braces.at(-1) === 0) {
      this.#braces.pop()
      this.#template()
    } else {
      const depth = this.#braces.length - 1
      if (depth >= 0 && first === '{') this.#braces[depth] = (this.#braces[depth] ?? 0) + 1
      if (depth >= 0 && first === '}') this.#braces[depth] = (this.#braces[depth] ?? 0) - 1
      this.#code += first
      this.#at += 1
    }
  }

  /** A template's text up to its end or to the next `${`; what stands inside the braces is code again. */
  #template(): void {
    const text = this.#match(/[`}](?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)?/y)
    this.#code += text.charAt(0) + blanked(text.slice(1, -1)) + (text.length > 1 ? text.slice(-1) : '')
    if (text.endsWith('${')) this.#braces.push(0)
  }

  #quoted(pattern: RegExp): void {
    const text = this.#match(pattern)
    this.#code += text.charAt(0) + blanked(text.slice(1, -1)) + (text.length > 1 ? text.slice(-1) : '')
  }

  #blank(pattern: RegExp): void {
    this.#code += blanked(this.#match(pattern))
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const text = pattern.exec(this.#source)?.[0] ?? this.#source.charAt(this.#at)
    this.#at += text.length
    return text
  }
}

function blanked(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}
