// What a simulated model that reads finds in a prompt: names, and the sentence of a numbered source that fits a question.

/** A text, and the names in it, in their order. */
export interface ReadPrompt {
  readonly text: string
  readonly names: readonly string[]
}

export function readPrompt(text: string): ReadPrompt {
  return { text, names: namesIn(text) }
}

/** Words that begin sentences more often than names. */
const beginnings = new Set(
  'The This That These Those When Where Which While With After Before Each Every From They There Their Its And But For Our Your You All Any One Two'.split(
    ' ',
  ),
)

/** Phrases of capitalised words, each once. A single word at the beginning of a sentence counts when it comes again. */
function namesIn(text: string): string[] {
  const found = new Map<string, { count: number; inside: boolean }>()
  for (const match of text.matchAll(/\p{Lu}[\p{L}\d]*(?:[ -]\p{Lu}[\p{L}\d]*)*/gu)) {
    const words = match[0].split(' ')
    while (words[0] !== undefined && beginnings.has(words[0])) words.shift()
    const name = words.join(' ')
    if (name.length < 3) continue
    const inside = words.length > 1 || !/(?:^|[.!?:\n#>*-])\s*$/.test(text.slice(0, match.index))
    const seen = found.get(name)
    found.set(name, { count: (seen?.count ?? 0) + 1, inside: inside || (seen?.inside ?? false) })
  }
  return [...found].flatMap(([name, { count, inside }]) => (inside || count > 1 ? [name] : []))
}

/**
 * An answer from a prompt that has sources on lines `[1] …` and a line `Question: …`: the sentences that share the most
 * words with the question, each with its number. Undefined for any other prompt.
 */
export function quoteFrom(text: string): string | undefined {
  const question = /^Question: (.+)$/m.exec(text)?.[1]
  const sources = [...text.matchAll(/^\[(\d+)\] (.+)$/gm)]
  if (question === undefined || sources.length === 0) return undefined
  const asked = new Set(wordsOf(question))
  const sentences = sources.flatMap(([, number, source = '']) =>
    (source.match(/[^.!?]+[.!?]?/g) ?? []).map((sentence) => ({
      quote: `${sentence.trim()} [${number}]`,
      shared: new Set(wordsOf(sentence).filter((word) => asked.has(word))).size,
    })),
  )
  const best = sentences.toSorted((left, right) => right.shared - left.shared).slice(0, 2)
  const fitting = best.filter(({ shared }) => shared > 0)
  return fitting.length === 0 ? 'The sources do not say.' : fitting.map(({ quote }) => quote).join(' ')
}

/** The words of at least four letters, in lower case and without a plural's s. */
export function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\d]{4,}/gu) ?? []).map((word) => word.replace(/(?<=.{3})s$/, ''))
}
