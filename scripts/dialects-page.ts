// Owns docs/reference/dialects.md: what becomes of each dialect's fields at each wire, from the data that the tests prove.
import { anthropicFields } from '../test/conformance/matrix/anthropic-fields.ts'
import {
  type Arrival,
  type CarriedField,
  type SpokenName,
  type SpokenWire,
  wireNames,
} from '../test/conformance/matrix/arrival.ts'
import { ollamaFields } from '../test/conformance/matrix/ollama-fields.ts'
import { openaiFields } from '../test/conformance/matrix/openai-fields.ts'
import { responsesFields } from '../test/conformance/matrix/responses-fields.ts'

const titles = {
  openai: 'OpenAI',
  ollama: 'Ollama',
  anthropic: 'Anthropic',
  google: 'Gemini',
  bedrock: 'Bedrock',
  cohere: 'Cohere',
  responses: 'OpenAI’s route',
} as const satisfies Record<SpokenWire, string>

const dialects: readonly (readonly [SpokenName, string, readonly CarriedField[]])[] = [
  ['openai', 'POST /v1/chat/completions', openaiFields],
  ['anthropic', 'POST /v1/messages', anthropicFields],
  ['ollama', 'POST /api/chat', ollamaFields],
  ['responses', 'POST /v1/responses', responsesFields],
]

const opening = `# What becomes of a request's fields

A request is answered by any provider, whatever dialect it came in. To a provider of its own wire it goes as it came,
unknown members included. At the others its fields have these places; where a cell says so, a field has none. What is
left out at the wires of Anthropic, Gemini, Bedrock and Cohere is told to clients of OpenAI's chat in the answer, as
\`aegis.warnings\`. What is refused goes to the next candidate, or is a 400 when there is none.

A request for a response goes as it came to a provider that has the route itself (\`responses: true\`), and as a chat to all
others ([why](../decisions/0035-responses-pass-through-where-the-route-is.md)).
`

export function dialectsPage(note: string): string {
  const parts = dialects.map(([dialect, route, fields]) => section(dialect, route, fields))
  return `${opening.replace('\n\n', `\n\n${note}\n`)}${parts.join('')}`
}

function section(dialect: SpokenName, route: string, fields: readonly CarriedField[]): string {
  const wires: readonly SpokenWire[] =
    dialect === 'responses' ? [dialect, ...wireNames] : wireNames.filter((name) => name !== dialect)
  const head = `| field | ${wires.map((name) => headOf(name, dialect)).join(' | ')} |\n|---${'|---'.repeat(wires.length)}|\n`
  // Fields that fare alike share a row, and what they begin with is said once.
  const rows = new Map<string, { names: string[]; cells: string }>()
  for (const { field, arrives } of fields) {
    const cells = wires.map((name) => cell(arrives[name])).join(' | ')
    const [, opening = '', name] = /^(?:(\w+): )?(.*)$/.exec(field) ?? []
    const key = `${opening} | ${cells}`
    const row = rows.get(key)
    if (row) row.names.push(name ?? '')
    else rows.set(key, { names: [field], cells })
  }
  const lines = [...rows.values()].map(({ names, cells }) => `| ${names.join('; ')} | ${cells} |`)
  return `\n## ${titleOf(dialect)}: \`${route}\`\n\n${head}${lines.join('\n')}\n`
}

function titleOf(dialect: SpokenName): string {
  return dialect === 'responses' ? titles.openai : titles[dialect]
}

function headOf(wire: SpokenWire, dialect: SpokenName): string {
  return wire === 'openai' && dialect === 'responses' ? 'OpenAI’s chat' : titles[wire]
}

function cell(arrival: Arrival | undefined): string {
  if (!arrival) return 'as it came'
  if ('at' in arrival) return `\`${placeOf(arrival.at)}\``
  return 'leftOut' in arrival ? `left out: ${arrival.leftOut}` : `refused: ${arrival.refused}`
}

/** `messages.0.content.1.source` is \`messages[].content[].source\`. */
function placeOf(path: string): string {
  return path.replace(/\.\d+(?=\.|$)/g, '[]')
}
