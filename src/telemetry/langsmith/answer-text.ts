// Owns the text of an answer, whole or in events, for those who show it.

interface Shown {
  readonly choices?: readonly {
    readonly message?: { readonly content?: unknown; readonly tool_calls?: unknown }
    readonly delta?: { readonly content?: unknown; readonly tool_calls?: unknown }
  }[]
}

/** What was said, and tool calls as JSON. */
export function answerText(reply: readonly Buffer[]): string {
  const text = Buffer.concat(reply).toString('utf8')
  const objects = text.startsWith('data:') ? eventsOf(text) : [text]
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
  return (parsed?.choices ?? [])
    .map(({ message, delta }) => {
      const { content, tool_calls: calls } = message ?? delta ?? {}
      return (typeof content === 'string' ? content : '') + (calls === undefined ? '' : JSON.stringify(calls))
    })
    .join('')
}
