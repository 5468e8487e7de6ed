// Owns the text of an answer, whole or in events, for those who show it.

interface Said {
  readonly content?: unknown
  readonly tool_calls?: readonly { readonly function?: { readonly name?: unknown; readonly arguments?: unknown } }[]
}

interface Shown {
  readonly choices?: readonly { readonly message?: Said; readonly delta?: Said }[]
  /** Of an event of a response: its end repeats what its deltas said. */
  readonly type?: unknown
  readonly delta?: unknown
  /** Of a whole response. */
  readonly output?: unknown
}

interface Item {
  readonly content?: readonly { readonly text?: unknown }[]
  readonly name?: unknown
  readonly arguments?: unknown
}

/** What was said, and of tool calls names and arguments, put together as they came: a search reads it whole. */
export function answerText(reply: readonly Buffer[]): string {
  const text = Buffer.concat(reply).toString('utf8')
  const objects = text.trimStart().startsWith('{') ? [text] : eventsOf(text)
  return objects.map(textOf).join('')
}

function eventsOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []))
}

function textOf(json: string): string {
  let parsed: Shown | null
  try {
    parsed = JSON.parse(json) as Shown | null
  } catch {
    return ''
  }
  if (typeof parsed?.delta === 'string') return String(parsed.type).includes('reasoning') ? '' : parsed.delta
  if (Array.isArray(parsed?.output)) return parsed.output.map(itemText).join('')
  return (parsed?.choices ?? [])
    .map(({ message, delta }) => {
      const { content, tool_calls: calls } = message ?? delta ?? {}
      const called = Array.isArray(calls) ? calls.map((call: (typeof calls)[number]) => call?.function ?? {}) : []
      return [content, ...called.flatMap(({ name, arguments: given }) => [name, given])].filter(isText).join('')
    })
    .join('')
}

function itemText(item: Item | null): string {
  const parts = Array.isArray(item?.content) ? item.content : []
  const texts = parts.map((part: { readonly text?: unknown } | null) => part?.text)
  return [...texts, item?.name, item?.arguments].filter(isText).join('')
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
