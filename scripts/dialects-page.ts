// Owns docs/reference/dialects.md: what becomes of each dialect's fields at each wire, from the data that the tests prove.
import { anthropicFields } from '../test/conformance/matrix/anthropic-fields.ts'
import { type Arrival, type CarriedField, type DialectName, wireNames } from '../test/conformance/matrix/arrival.ts'
import { ollamaFields } from '../test/conformance/matrix/ollama-fields.ts'
import { openaiFields } from '../test/conformance/matrix/openai-fields.ts'

const titles = {
  openai: 'OpenAI',
  ollama: 'Ollama',
  anthropic: 'Anthropic',
  google: 'Gemini',
  bedrock: 'Bedrock',
  cohere: 'Cohere',
} as const

const dialects: readonly (readonly [DialectName, string, readonly CarriedField[]])[] = [
  ['openai', 'POST /v1/chat/completions', openaiFields],
  ['anthropic', 'POST /v1/messages', anthropicFields],
  ['ollama', 'POST /api/chat', ollamaFields],
]

const opening = `# What becomes of a request's fields

A request is answered by any provider, whatever dialect it came in. To a provider of its own wire it goes as it came,
unknown members included. At the others its fields have these places; where a cell says so, a field has none. What is
left out at the wires of Anthropic, Gemini, Bedrock and Cohere is told to OpenAI's clients in the answer, as
\`aegis.warnings\`. What is refused goes to the next candidate, or is a 400 when there is none.
`

export function dialectsPage(note: string): string {
  const parts = dialects.map(([dialect, route, fields]) => section(dialect, route, fields))
  return `${opening.replace('\n\n', `\n\n${note}\n`)}${parts.join('')}`
}

function section(dialect: DialectName, route: string, fields: readonly CarriedField[]): string {
  const wires = wireNames.filter((name) => name !== dialect)
  const head = `| field | ${wires.map((name) => titles[name]).join(' | ')} |\n|---${'|---'.repeat(wires.length)}|\n`
  const rows = fields.map(
    ({ field, arrives }) => `| ${field} | ${wires.map((name) => cell(arrives[name])).join(' | ')} |`,
  )
  return `\n## ${titles[dialect]}: \`${route}\`\n\n${head}${rows.join('\n')}\n`
}

function cell(arrival: Arrival | undefined): string {
  if (!arrival) return ''
  if ('at' in arrival) return `\`${placeOf(arrival.at)}\``
  return 'leftOut' in arrival ? `left out: ${arrival.leftOut}` : `refused: ${arrival.refused}`
}

/** `messages.0.content.1.source` is \`messages[].content[].source\`. */
function placeOf(path: string): string {
  return path.replace(/\.\d+(?=\.|$)/g, '[]')
}
